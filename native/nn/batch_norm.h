#pragma once

#include "weights/parameters.h"

namespace synood {

// Batch normalisation (Ioffe and Szegedy, 2015). `train`: the batch's own statistics, and the running ones
// are moved towards them; else the running ones alone, so that a sample never sees its neighbours.
//
//   x        (N, C, H, W)
//   returns  the same shape
struct BatchNorm {
  static constexpr double momentum = 0.1, eps = 1e-5;
  at::Tensor weight, bias, running_mean, running_var;  // (C)

  BatchNorm() = default;
  BatchNorm(const Weights& weights, int64_t channels)
      : weight(weights.take("weight", {channels}, Init::ones())),
        bias(weights.take("bias", {channels}, Init::zeros())),
        running_mean(weights.take_buffer("running_mean", {channels}, Init::zeros())),
        running_var(weights.take_buffer("running_var", {channels}, Init::ones())) {}

  // The statistics are float32; scale and shift must be so too when x is of half precision.
  at::Tensor operator()(const at::Tensor& x, bool train) const {
    return at::batch_norm(x, weight.to(at::kFloat), bias.to(at::kFloat), running_mean, running_var, train,
                          momentum, eps, /*cudnn_enabled=*/true);
  }
};

}  // namespace synood
