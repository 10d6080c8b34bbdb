#pragma once

#include <ATen/ATen.h>

#include "nn/normalise.h"

namespace synood {

// SynOOD's image side (section 3.3), a residual head on frozen features that are not normalised:
//
//   f' = normalise(f + relu(layer_norm(W f + b)))
//
//   features (N, D) -> (N, D)
//
// clamp_min is relu with a derivative of 1 at 0, see training/projection_layer.h.
struct FeatureProjection {
  at::Tensor weight, bias;            // (D, D), (D)
  at::Tensor norm_weight, norm_bias;  // (D), (D)

  at::Tensor operator()(const at::Tensor& features) const {
    const auto hidden = at::linear(features, weight, bias);
    const auto normed = at::layer_norm(hidden, {hidden.size(-1)}, norm_weight, norm_bias, 1e-5);
    return normalise(features + at::clamp_min(normed, 0));
  }
};

}  // namespace synood
