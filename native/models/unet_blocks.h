#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "nn/checkpoint.h"
#include "nn/resample.h"
#include "nn/resnet_block.h"
#include "nn/spatial_transformer.h"

namespace synood {

// The parts of diffusers' UNet2DConditionModel. x (N, C, H, W), time (N or 1, T), context of states (N, L,
// D).

// What all layers of one block share.
struct UnetBlockShape {
  int64_t channels = 0, time = 0, groups = 32;
  double eps = 1e-5;
  int64_t layers = 2;
  int64_t heads = 0;  // 0: no attention
  int64_t transformer_layers = 1, context = 768;
  bool linear_projection = false;

  ResnetBlock::Shape resnet(int64_t in) const { return {in, channels, time, groups, eps}; }
  SpatialTransformer::Shape transformer() const {
    return {channels, heads, transformer_layers, context, groups, linear_projection};
  }
};

// How a layer of a block is run: as it is, or through checkpoint().
using RunLayer =
    std::function<at::Tensor(const CheckpointBlock& layer, const std::vector<at::Tensor>& inputs)>;

// (Cross)AttnDownBlock2D: every layer's result, and the halved one, is kept for the way up.
struct UnetDownBlock {
  std::vector<ResnetBlock> resnets;
  std::vector<SpatialTransformer> attentions;
  std::optional<Downsample> downsample;

  UnetDownBlock(const Weights& weights, const UnetBlockShape& shape, int64_t in, bool is_last);
  at::Tensor operator()(at::Tensor x, const at::Tensor& time, const Text& context,
                        std::vector<at::Tensor>& skips, const RunLayer& run) const;
  // the same without the halving
  at::Tensor at_full_size(at::Tensor x, const at::Tensor& time, const Text& context,
                          std::vector<at::Tensor>& skips, const RunLayer& run) const;
};

// UNetMidBlock2DCrossAttn
struct UnetMidBlock {
  ResnetBlock first;
  SpatialTransformer attention;
  ResnetBlock second;

  UnetMidBlock(const Weights& weights, const UnetBlockShape& shape);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& time, const Text& context,
                        const RunLayer& run) const;
};

// (Cross)AttnUpBlock2D: every layer takes the latest kept result beside x. Enlarges to the size of the next
// kept one, so that sizes which do not halve evenly come back right.
struct UnetUpBlock {
  std::vector<ResnetBlock> resnets;
  std::vector<SpatialTransformer> attentions;
  std::optional<Upsample> upsample;

  // x has `in` channels; the block that mirrors this one was fed `skip` channels
  UnetUpBlock(const Weights& weights, const UnetBlockShape& shape, int64_t in, int64_t skip, bool is_last);
  at::Tensor operator()(at::Tensor x, const at::Tensor& time, const Text& context,
                        std::vector<at::Tensor>& skips, const RunLayer& run) const;
};

}  // namespace synood
