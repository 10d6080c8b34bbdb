#include "kernels/launch.cuh"
#include "kernels/noise_update.h"

// The root of the mean square comes from the device to the host and back where it is computed outside, and
// the device waits. A sample's noise is some ten thousand numbers: one block adds up its squares, then moves
// it.

namespace synood::kernels::cuda {
namespace {

constexpr int kThreads = 1024;

__global__ void move(const float* noise, const float* gradient, float* updated, int64_t count, float step,
                     bool normalised) {
  __shared__ double shared[kThreads];
  float scale = step;
  if (normalised) {
    double squares = 0;
    for (int64_t i = threadIdx.x; i < count; i += kThreads) {
      squares += static_cast<double>(gradient[i]) * gradient[i];
    }
    const double rms = sqrt(block_sum<kThreads>(squares, shared) / static_cast<double>(count));
    scale = rms > 0 ? static_cast<float>(step / rms) : 0.0f;
  }
  for (int64_t i = threadIdx.x; i < count; i += kThreads) {
    updated[i] = scale == 0 ? noise[i] : noise[i] - gradient[i] * scale;
  }
}

}  // namespace

void noise_update(const float* noise, const float* gradient, float* updated, int64_t count, float step,
                  bool normalised, const Launch& launch) {
  if (count == 0) return;
  const cudaStream_t stream = stream_of(launch, "noise_update");
  move<<<1, kThreads, 0, stream>>>(noise, gradient, updated, count, step, normalised);
  expect_started("noise_update");
}

}  // namespace synood::kernels::cuda
