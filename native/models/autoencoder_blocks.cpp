#include "models/autoencoder_blocks.h"

#include "nn/attention.h"

namespace synood {
namespace {

constexpr double kEps = 1e-6;

ResnetBlock resnet(const Weights& weights, int64_t in, int64_t out, int64_t groups) {
  return {weights, {.in = in, .out = out, .groups = groups, .eps = kEps}};
}

std::vector<ResnetBlock> resnets(const Weights& weights, int64_t in, int64_t out, int64_t count,
                                 int64_t groups) {
  std::vector<ResnetBlock> blocks;
  for (int64_t i = 0; i < count; ++i) {
    blocks.push_back(resnet(weights.sub("resnets").sub(i), i == 0 ? in : out, out, groups));
  }
  return blocks;
}

// The encoder walks block_out_channels forwards.
std::vector<AutoencoderBlock> down_blocks(const Weights& weights, const AutoencoderKlSpec& spec) {
  std::vector<AutoencoderBlock> blocks;
  const auto& channels = spec.block_out_channels;
  for (size_t i = 0; i < channels.size(); ++i) {
    const auto at = weights.sub(static_cast<int64_t>(i));
    auto& block = blocks.emplace_back();
    block.resnets =
        resnets(at, channels[i == 0 ? 0 : i - 1], channels[i], spec.layers_per_block, spec.norm_num_groups);
    if (i + 1 < channels.size()) {
      block.downsample.emplace(at.sub("downsamplers").sub(0), channels[i], Downsample::Padding::trailing);
    }
  }
  return blocks;
}

// The decoder walks them backwards, with one residual block more each.
std::vector<AutoencoderBlock> up_blocks(const Weights& weights, const AutoencoderKlSpec& spec) {
  std::vector<AutoencoderBlock> blocks;
  const std::vector<int64_t> channels(spec.block_out_channels.rbegin(), spec.block_out_channels.rend());
  for (size_t i = 0; i < channels.size(); ++i) {
    const auto at = weights.sub(static_cast<int64_t>(i));
    auto& block = blocks.emplace_back();
    block.resnets = resnets(at, channels[i == 0 ? 0 : i - 1], channels[i], spec.layers_per_block + 1,
                            spec.norm_num_groups);
    if (i + 1 < channels.size()) block.upsample.emplace(at.sub("upsamplers").sub(0), channels[i]);
  }
  return blocks;
}

}  // namespace

PixelAttention::PixelAttention(const Weights& weights, int64_t channels, int64_t groups)
    : group_norm(weights.sub("group_norm"), channels, groups, kEps),
      to_q(weights.sub("to_q"), channels, channels),
      to_k(weights.sub("to_k"), channels, channels),
      to_v(weights.sub("to_v"), channels, channels),
      to_out(weights.sub("to_out").sub(0), channels, channels) {}

at::Tensor PixelAttention::operator()(const at::Tensor& x) const {
  const auto tokens = group_norm(x).flatten(2).transpose(1, 2);
  const auto mixed = to_out(attention(to_q(tokens), to_k(tokens), to_v(tokens), /*heads=*/1));
  return x + mixed.transpose(1, 2).unflatten(2, {x.size(2), x.size(3)});
}

AutoencoderMidBlock::AutoencoderMidBlock(const Weights& weights, int64_t channels, int64_t groups)
    : first(resnet(weights.sub("resnets").sub(0), channels, channels, groups)),
      attention(weights.sub("attentions").sub(0), channels, groups),
      second(resnet(weights.sub("resnets").sub(1), channels, channels, groups)) {}

at::Tensor AutoencoderBlock::operator()(at::Tensor x) const {
  for (const auto& resnet : resnets) x = resnet(x);
  if (downsample) x = (*downsample)(x);
  if (upsample) x = (*upsample)(x);
  return x;
}

AutoencoderEncoder::AutoencoderEncoder(const Weights& weights, const AutoencoderKlSpec& spec)
    : conv_in(weights.sub("conv_in"), spec.in_channels, spec.block_out_channels.front(), {3, 1, 1}),
      conv_out(weights.sub("conv_out"), spec.block_out_channels.back(), 2 * spec.latent_channels, {3, 1, 1}),
      down_blocks(synood::down_blocks(weights.sub("down_blocks"), spec)),
      mid_block(weights.sub("mid_block"), spec.block_out_channels.back(), spec.norm_num_groups),
      conv_norm_out(weights.sub("conv_norm_out"), spec.block_out_channels.back(), spec.norm_num_groups,
                    kEps) {}

at::Tensor AutoencoderEncoder::operator()(const at::Tensor& x, const RunBlock& run) const {
  auto h = conv_in(x);
  for (const auto& block : down_blocks) h = run(block, h);
  h = run(mid_block, h);
  return conv_out(conv_norm_out.then_silu(h));
}

AutoencoderDecoder::AutoencoderDecoder(const Weights& weights, const AutoencoderKlSpec& spec)
    : conv_in(weights.sub("conv_in"), spec.latent_channels, spec.block_out_channels.back(), {3, 1, 1}),
      conv_out(weights.sub("conv_out"), spec.block_out_channels.front(), spec.out_channels, {3, 1, 1}),
      mid_block(weights.sub("mid_block"), spec.block_out_channels.back(), spec.norm_num_groups),
      up_blocks(synood::up_blocks(weights.sub("up_blocks"), spec)),
      conv_norm_out(weights.sub("conv_norm_out"), spec.block_out_channels.front(), spec.norm_num_groups,
                    kEps) {}

at::Tensor AutoencoderDecoder::operator()(const at::Tensor& z, const RunBlock& run) const {
  auto h = run(mid_block, conv_in(z));
  for (const auto& block : up_blocks) h = run(block, h);
  return conv_out(conv_norm_out.then_silu(h));
}

}  // namespace synood
