#include "kernels/grouped_softmax.h"
#include "kernels/launch.cuh"

// LibTorch goes through the ten thousand logits of an image some six times (largest, difference, exponential,
// sum, ...). Here a block takes an image and goes twice, the second time from the cache.

namespace synood::kernels::cuda {
namespace {

constexpr int kThreads = 256;

// log sum exp(x), for every thread of the block.
__device__ float log_sum_exp(const float* x, int64_t count, float* tops, double* sums) {
  float top = -INFINITY;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) top = fmaxf(top, x[i]);
  __syncthreads();
  tops[threadIdx.x] = top;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) tops[threadIdx.x] = fmaxf(tops[threadIdx.x], tops[threadIdx.x + half]);
    __syncthreads();
  }
  top = tops[0];
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += expf(x[i] - top);
  return top + static_cast<float>(log(block_sum<kThreads>(sum, sums)));
}

__global__ void score_row(const float* positive, const float* negative, float* scores, LabelGroups labels) {
  __shared__ float tops[kThreads];
  __shared__ double sums[kThreads];
  const int64_t row = blockIdx.x;
  const float inside = log_sum_exp(positive + row * labels.classes, labels.classes, tops, sums);
  const float* groups = negative + row * labels.groups * labels.size;
  double sum = 0;
  for (int64_t g = 0; g < labels.groups; ++g) {
    const float outside = log_sum_exp(groups + g * labels.size, labels.size, tops, sums);
    sum += 1 / (1 + exp(static_cast<double>(outside) - inside));
  }
  if (threadIdx.x == 0) scores[row] = static_cast<float>(sum / static_cast<double>(labels.groups));
}

}  // namespace

void grouped_softmax(const float* positive, const float* negative, float* scores, int64_t rows,
                     const LabelGroups& labels, const Launch& launch) {
  if (rows == 0) return;
  const cudaStream_t stream = stream_of(launch, "grouped_softmax");
  score_row<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(positive, negative, scores, labels);
  expect_started("grouped_softmax");
}

}  // namespace synood::kernels::cuda
