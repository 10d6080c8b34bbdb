#include "kernels/gated_gelu.h"
#include "kernels/launch.cuh"

// The product of GEGLU is bound by memory: LibTorch reads g, writes gelu(g), reads it and a again. Here each
// number is read or written once, and gelu is computed in float32 between.

namespace synood::kernels::cuda {
namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void gate(const T* x, T* y, int64_t count, int64_t width) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count; i += step) {
    const int64_t row = i / width;
    const T* a = x + i + row * width;  // row (2 width) + column
    const float g = static_cast<float>(a[width]);
    const float phi = 0.5f * (1.0f + erff(g * 0.70710678118654752f));
    y[i] = static_cast<T>(static_cast<float>(*a) * (g * phi));
  }
}

}  // namespace

void gated_gelu(const void* x, void* y, int64_t rows, int64_t width, const Launch& launch) {
  const int64_t count = rows * width;
  if (count == 0) return;
  const cudaStream_t stream = stream_of(launch, "gated_gelu");
  by_element(launch, [&](auto type) {
    using T = typename decltype(type)::type;
    gate<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(static_cast<const T*>(x), static_cast<T*>(y),
                                                               count, width);
  });
  expect_started("gated_gelu");
}

}  // namespace synood::kernels::cuda
