#pragma once

#include <memory>

#include "nn/frozen.h"
#include "weights/parameters.h"

namespace synood {

// A convolution with a square kernel.
//
//   x        (N, in, H, W)
//   returns  (N, out, H', W')
struct Conv2d {
  struct Geometry {
    int64_t kernel = 3, stride = 1, padding = 1;
  };

  at::Tensor weight, bias;  // (out, in, kernel, kernel), (out) or undefined
  Geometry geometry;
  std::shared_ptr<FrozenWeight> frozen = frozen_convolution();

  Conv2d() = default;
  Conv2d(const Weights& weights, int64_t in, int64_t out, Geometry geometry, bool with_bias, Init weight_init)
      : weight(weights.take("weight", {out, in, geometry.kernel, geometry.kernel}, weight_init)),
        bias(with_bias ? weights.take("bias", {out}, Init::fan_in(in * geometry.kernel * geometry.kernel))
                       : at::Tensor()),
        geometry(geometry) {}
  Conv2d(const Weights& weights, int64_t in, int64_t out, Geometry geometry)
      : Conv2d(weights, in, out, geometry, true, Init::fan_in(in * geometry.kernel * geometry.kernel)) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return convolution(frozen, x, weight, bias, geometry.stride, geometry.padding);
  }
};

}  // namespace synood
