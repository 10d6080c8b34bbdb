#pragma once

#include <memory>

#include "nn/frozen.h"
#include "weights/parameters.h"

namespace synood {

// y = x W^T + b
//
//   x        (..., in)
//   returns  (..., out)
struct Linear {
  at::Tensor weight, bias;  // (out, in), (out) or undefined
  std::shared_ptr<FrozenWeight> frozen = frozen_linear();

  Linear() = default;
  Linear(const Weights& weights, int64_t in, int64_t out, bool with_bias, Init weight_init, Init bias_init)
      : weight(weights.take("weight", {out, in}, weight_init)),
        bias(with_bias ? weights.take("bias", {out}, bias_init) : at::Tensor()) {}
  Linear(const Weights& weights, int64_t in, int64_t out, bool with_bias = true)
      : Linear(weights, in, out, with_bias, Init::fan_in(in), Init::fan_in(in)) {}

  at::Tensor operator()(const at::Tensor& x) const { return linear(frozen, x, weight, bias); }
};

}  // namespace synood
