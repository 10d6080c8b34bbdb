#pragma once

struct CUstream_st;

namespace synood::kernels {

// cudaStream_t, so that headers need no CUDA.
using GpuStream = CUstream_st*;

}  // namespace synood::kernels
