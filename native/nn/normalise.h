#pragma once

#include <ATen/ATen.h>

namespace synood {

// Rows of unit length: x / max(||x||_2, 1e-12) along the last dimension, as torch.nn.functional.normalize.
inline at::Tensor normalise(const at::Tensor& x) {
  return x / at::linalg_vector_norm(x, 2, at::IntArrayRef{-1}, /*keepdim=*/true).clamp_min(1e-12);
}

}  // namespace synood
