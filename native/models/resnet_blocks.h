#pragma once

#include <optional>
#include <vector>

#include "nn/activation.h"
#include "nn/batch_norm.h"
#include "nn/conv2d.h"
#include "synood/specs.h"

namespace synood {

// Convolution without bias, batch norm, activation unless the last of its block.
struct ConvNorm {
  Conv2d convolution;
  BatchNorm normalization;

  ConvNorm(const Weights& weights, int64_t in, int64_t out, int64_t kernel, int64_t stride);
  at::Tensor operator()(const at::Tensor& x, bool train) const {
    return normalization(convolution(x), train);
  }
};

// A residual block of ResNet (He et al., 2015): two 3x3 convolutions ("basic"), or 1x1 to a quarter of the
// channels, 3x3, 1x1 back ("bottleneck"): activation(shortcut(x) + layers(x)).
//
//   x        (N, in, H, W)
//   returns  (N, out, H / stride, W / stride)
struct ResidualBlock {
  std::vector<ConvNorm> layer;
  std::optional<ConvNorm> shortcut;
  Activation activation;

  ResidualBlock(const Weights& weights, int64_t in, int64_t out, int64_t stride, const ResnetSpec& spec,
                bool first_of_stage);
  at::Tensor operator()(const at::Tensor& x, bool train) const;
};

// The whole convolutional part: (N, channels, H, W) -> (N, hidden_sizes.back(), h, w)
struct ResnetBackbone {
  ConvNorm embedder;
  std::vector<ResidualBlock> blocks;
  Activation activation;

  ResnetBackbone(const Weights& weights, const ResnetSpec& spec);
  at::Tensor operator()(const at::Tensor& pixels, bool train) const;
};

}  // namespace synood
