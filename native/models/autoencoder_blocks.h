#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/resample.h"
#include "nn/resnet_block.h"
#include "synood/specs.h"

namespace synood {

// Single-head attention over the positions of a feature map, as wide as its channels: x +
// out(attention(norm(x))).
//
//   x        (N, C, H, W)
//   returns  (N, C, H, W)
struct PixelAttention {
  GroupNorm group_norm;
  Linear to_q, to_k, to_v, to_out;

  PixelAttention(const Weights& weights, int64_t channels, int64_t groups);
  at::Tensor operator()(const at::Tensor& x) const;
};

// diffusers' UNetMidBlock2D: residual block, attention, residual block.
struct AutoencoderMidBlock {
  ResnetBlock first;
  PixelAttention attention;
  ResnetBlock second;

  AutoencoderMidBlock(const Weights& weights, int64_t channels, int64_t groups);
  at::Tensor operator()(const at::Tensor& x) const { return second(attention(first(x))); }
};

// DownEncoderBlock2D and UpDecoderBlock2D: residual blocks, then a change of size unless it is the last one.
struct AutoencoderBlock {
  std::vector<ResnetBlock> resnets;
  std::optional<Downsample> downsample;
  std::optional<Upsample> upsample;

  at::Tensor operator()(at::Tensor x) const;
};

// How a block is run: as it is, or through checkpoint().
using RunBlock =
    std::function<at::Tensor(const std::function<at::Tensor(const at::Tensor&)>& block, const at::Tensor& x)>;

// (N, channels, H, W) -> (N, 2 * latent, H/f, W/f)
struct AutoencoderEncoder {
  Conv2d conv_in, conv_out;
  std::vector<AutoencoderBlock> down_blocks;
  AutoencoderMidBlock mid_block;
  GroupNorm conv_norm_out;

  AutoencoderEncoder(const Weights& weights, const AutoencoderKlSpec& spec);
  at::Tensor operator()(const at::Tensor& x, const RunBlock& run) const;
};

// (N, latent, h, w) -> (N, channels, h*f, w*f)
struct AutoencoderDecoder {
  Conv2d conv_in, conv_out;
  AutoencoderMidBlock mid_block;
  std::vector<AutoencoderBlock> up_blocks;
  GroupNorm conv_norm_out;

  AutoencoderDecoder(const Weights& weights, const AutoencoderKlSpec& spec);
  at::Tensor operator()(const at::Tensor& z, const RunBlock& run) const;
};

}  // namespace synood
