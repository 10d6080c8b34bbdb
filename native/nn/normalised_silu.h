#pragma once

#include "nn/group_norm.h"

namespace synood {

// silu(norm(x)), the pair that stands before every convolution of a diffusion model; x (N, C, H, W) -> the
// same. One kernel (kernels/group_norm_silu.h) on the CPU in float32 where the norm's parameters are frozen,
// with or without a gradient in x, so that recording changes no bit.
at::Tensor normalised_silu(const GroupNorm& norm, const at::Tensor& x);

}  // namespace synood
