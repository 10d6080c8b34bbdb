#pragma once

// What all .cu files share. They include no header of LibTorch: nvcc compiles them anywhere.

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>
#include <string>

#include "kernels/launch.h"
#include "synood/error.h"

namespace synood::kernels::cuda {

// An element's type as an argument, so that a lambda can be generic in it.
template <typename T>
struct TypeOf {
  using type = T;
};

// f(TypeOf<T>) for the launch's elements.
template <typename F>
void by_element(const Launch& launch, F f) {
  switch (launch.element) {
    case Element::float32:
      return f(TypeOf<float>{});
    case Element::float16:
      return f(TypeOf<__half>{});
    case Element::bfloat16:
      return f(TypeOf<__nv_bfloat16>{});
  }
}

inline void expect(cudaError_t status, const char* kernel) {
  if (status == cudaSuccess) return;
  throw Error(
      status == cudaErrorMemoryAllocation ? ErrorCode::out_of_memory : ErrorCode::device,
      "The CUDA kernel '" + std::string(kernel) + "' did not start: " + cudaGetErrorString(status) + ".");
}

// The launch's stream, on its device.
inline cudaStream_t stream_of(const Launch& launch, const char* kernel) {
  expect(cudaSetDevice(launch.device), kernel);
  return static_cast<cudaStream_t>(launch.stream);
}

// After the last launch of a kernel; what happens while it runs comes with a later call.
inline void expect_started(const char* kernel) { expect(cudaGetLastError(), kernel); }

// Blocks of `threads` for `count` elements, each thread walking on by the grid's size where they are many.
inline unsigned blocks_for(int64_t count, int threads) {
  const int64_t needed = (count + threads - 1) / threads, most = 1 << 16;
  return static_cast<unsigned>(needed < most ? needed : most);
}

// The sum over a block of kThreads (a power of two), for every thread, added up in one order: the same bits
// each time. `shared` holds kThreads numbers.
template <int kThreads>
__device__ double block_sum(double value, double* shared) {
  __syncthreads();
  shared[threadIdx.x] = value;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    __syncthreads();
  }
  return shared[0];
}

}  // namespace synood::kernels::cuda
