#pragma once

#include "nn/conv2d.h"

namespace synood {

// Halves height and width: a convolution of stride 2 over x padded by one on every side ("symmetric", the
// UNet) or on the right and below only ("trailing", the autoencoder's encoder).
//
//   x        (N, C, H, W)
//   returns  (N, C, H/2, W/2)
struct Downsample {
  enum class Padding { symmetric, trailing };
  Conv2d conv;
  Padding padding;

  Downsample(const Weights& weights, int64_t channels, Padding padding)
      : conv(weights.sub("conv"), channels, channels, {3, 2, padding == Padding::symmetric ? 1 : 0}),
        padding(padding) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return conv(padding == Padding::symmetric ? x : at::constant_pad_nd(x, {0, 1, 0, 1}));
  }
};

// Nearest-neighbour enlargement, then a convolution.
//
//   x        (N, C, H, W)
//   returns  (N, C, height, width)
struct Upsample {
  Conv2d conv;
  std::shared_ptr<FrozenWeight> folded = frozen_upsampling();

  Upsample(const Weights& weights, int64_t channels)
      : conv(weights.sub("conv"), channels, channels, {3, 1, 1}) {}

  at::Tensor operator()(const at::Tensor& x, int64_t height, int64_t width) const {
    if (height == 2 * x.size(2) && width == 2 * x.size(3)) {
      return upsampled_convolution(folded, x, conv.weight, conv.bias);
    }
    return conv(at::upsample_nearest2d(x, {height, width}));
  }
  at::Tensor operator()(const at::Tensor& x) const { return (*this)(x, 2 * x.size(2), 2 * x.size(3)); }
};

}  // namespace synood
