#pragma once

#include "nn/normalised.h"
#include "synood/error.h"
#include "weights/parameters.h"

namespace synood {

// Group normalisation (Wu and He, 2018): each sample's channels are normalised in groups over all positions.
//
//   x        (N, C, ...)
//   returns  the same shape
struct GroupNorm {
  at::Tensor weight, bias;  // (C)
  int64_t groups = 32;
  double eps = 1e-5;

  GroupNorm() = default;
  GroupNorm(const Weights& weights, int64_t channels, int64_t groups, double eps) : groups(groups), eps(eps) {
    if (groups < 1 || channels % groups != 0) {
      throw Error(ErrorCode::model_format, "'" + weights.full_name("weight") + "': expected channels that " +
                                               std::to_string(groups) + " groups divide, got " +
                                               std::to_string(channels) + ". Check norm_num_groups.");
    }
    weight = weights.take("weight", {channels}, Init::ones());
    bias = weights.take("bias", {channels}, Init::zeros());
  }

  at::Tensor operator()(const at::Tensor& x) const { return normalised(x, weight, bias, groups, eps, false); }
  at::Tensor then_silu(const at::Tensor& x) const { return normalised(x, weight, bias, groups, eps, true); }
};

}  // namespace synood
