#pragma once

#include "weights/parameters.h"

namespace synood {

// Layer normalisation (Ba et al., 2016) over the last dimension.
//
//   x        (..., D)
//   returns  the same shape
struct LayerNorm {
  at::Tensor weight, bias;  // (D)
  double eps = 1e-5;

  LayerNorm() = default;
  LayerNorm(const Weights& weights, int64_t size, double eps = 1e-5)
      : weight(weights.take("weight", {size}, Init::ones())),
        bias(weights.take("bias", {size}, Init::zeros())),
        eps(eps) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return at::layer_norm(x, weight.sizes(), weight, bias, eps);
  }
};

}  // namespace synood
