#pragma once

#include <cstdint>

#include "kernels/gpu_type.h"

namespace synood::kernels {

struct GroupNormShape {
  int64_t batch = 0, positions = 0, channels = 0, groups = 1;
};

// Group normalisation of a channels-last map and SiLU in one pass over the result. Diffusion models have the
// pair some sixty times; separately they read and write the map five times over, here three times.
//
//   y = f(weight (x - mean_g) rstd_g + bias), f = SiLU or nothing
//
//   x, y          (batch, positions, channels), y may be x
//   weight, bias  (channels)
//   mean, rstd    (batch, groups): results, for the way back; rstd = 1 / sqrt(variance + eps)
//
// On the CPU sums are taken over fixed pieces of positions, then over pieces in their order in double
// precision, relative to each channel's first value: no cancellation where a mean is large, and the same bits
// for any number of threads.
void group_norm_silu(const float* x, const float* weight, const float* bias, float* y, float* mean,
                     float* rstd, const GroupNormShape& shape, float eps, bool silu);

// The same on a CUDA stream; T is float, __half or __nv_bfloat16, statistics are float32.
template <typename T>
void group_norm_silu_cuda(const T* x, const T* weight, const T* bias, T* y, float* mean, float* rstd,
                          const GroupNormShape& shape, float eps, bool silu, GpuStream stream);

}  // namespace synood::kernels
