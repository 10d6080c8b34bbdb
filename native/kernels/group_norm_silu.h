#pragma once

#include <cstdint>

#include "kernels/launch.h"

namespace synood::kernels {

struct GroupNormShape {
  int64_t batch = 0, positions = 0, channels = 0, groups = 1;
};

// Numbers of working memory that both directions ask for.
int64_t group_norm_workspace(const GroupNormShape& shape);

// Group normalisation of a channels-last map and SiLU in one pass over the result. Diffusion models have the
// pair some sixty times; separately they read and write the map five times over, here three times.
//
//   y = f(weight (x - mean_g) rstd_g + bias), f = SiLU or nothing
//
//   x, y          (batch, positions, channels), y may be x
//   weight, bias  (channels)
//   mean, rstd    (batch, groups): results, for the way back; rstd = 1 / sqrt(variance + eps)
//   workspace     (group_norm_workspace(shape))
//
// Sums are taken over fixed pieces of positions, then over pieces in a fixed order in double precision,
// relative to each channel's first value: no cancellation where a mean is large, and on the CPU the same bits
// for any number of threads.
void group_norm_silu(const float* x, const float* weight, const float* bias, float* y, float* mean,
                     float* rstd, float* workspace, const GroupNormShape& shape, float eps, bool silu);

// The way back to x, in dx (which may be dy); mean and rstd as they came from the way there. Each sample's
// numbers depend on the sample alone.
void group_norm_silu_backward(const float* dy, const float* x, const float* weight, const float* bias,
                              const float* mean, const float* rstd, float* dx, float* workspace,
                              const GroupNormShape& shape, bool silu);

namespace cuda {
// x, y, dy, dx, weight, bias are the launch's elements.
void group_norm_silu(const void* x, const void* weight, const void* bias, void* y, float* mean, float* rstd,
                     float* workspace, const GroupNormShape& shape, float eps, bool silu,
                     const Launch& launch);
void group_norm_silu_backward(const void* dy, const void* x, const void* weight, const void* bias,
                              const float* mean, const float* rstd, void* dx, float* workspace,
                              const GroupNormShape& shape, bool silu, const Launch& launch);
}  // namespace cuda

}  // namespace synood::kernels
