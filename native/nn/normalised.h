#pragma once

#include <ATen/ATen.h>

namespace synood {

// Group normalisation of a feature map, and SiLU after it if `silu`: the pair that stands before every
// convolution of a diffusion model. x (N, C, H, W) -> the same, channels last. One kernel
// (kernels/group_norm_silu.h) on the CPU in float32 and on CUDA where the parameters are frozen, with or
// without a gradient in x, so that recording changes no bit and a sample's bits don't depend on its place:
// LibTorch's own norm of channels-last maps adds up in its threads' shares of the batch.
at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t groups,
                      double eps, bool silu);

}  // namespace synood
