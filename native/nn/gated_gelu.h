#pragma once

#include <ATen/ATen.h>

namespace synood {

// a gelu(g) of (a, g) side by side, x (..., 2 D) -> (..., D). One kernel (kernels/gated_gelu.h) on the CPU in
// float32 and on CUDA, with or without a gradient.
at::Tensor gated_gelu(const at::Tensor& x);

}  // namespace synood
