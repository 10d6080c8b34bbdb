#include "models/unet_blocks.h"

namespace synood {
namespace {

std::vector<SpatialTransformer> transformers(const Weights& weights, const UnetBlockShape& shape) {
  std::vector<SpatialTransformer> blocks;
  if (shape.heads == 0) return blocks;
  for (int64_t i = 0; i < shape.layers; ++i) {
    blocks.emplace_back(weights.sub("attentions").sub(i), shape.transformer());
  }
  return blocks;
}

using Inputs = std::vector<at::Tensor>;

at::Tensor apply(const ResnetBlock& block, const at::Tensor& x, const at::Tensor& time, const RunLayer& run) {
  return run([&block](const Inputs& in) { return block(in[0], in[1]); }, {x, time});
}

at::Tensor apply(const SpatialTransformer& block, const at::Tensor& x, const Text& context,
                 const RunLayer& run) {
  const auto layer = [&block, keys = context.keys](const Inputs& in) { return block(in[0], {in[1], keys}); };
  return run(layer, {x, context.states});
}

}  // namespace

UnetDownBlock::UnetDownBlock(const Weights& weights, const UnetBlockShape& shape, int64_t in, bool is_last)
    : attentions(transformers(weights, shape)) {
  for (int64_t i = 0; i < shape.layers; ++i) {
    resnets.emplace_back(weights.sub("resnets").sub(i), shape.resnet(i == 0 ? in : shape.channels));
  }
  if (!is_last) {
    downsample.emplace(weights.sub("downsamplers").sub(0), shape.channels, Downsample::Padding::symmetric);
  }
}

at::Tensor UnetDownBlock::at_full_size(at::Tensor x, const at::Tensor& time, const Text& context,
                                       std::vector<at::Tensor>& skips, const RunLayer& run) const {
  for (size_t i = 0; i < resnets.size(); ++i) {
    x = apply(resnets[i], x, time, run);
    if (!attentions.empty()) x = apply(attentions[i], x, context, run);
    skips.push_back(x);
  }
  return x;
}

at::Tensor UnetDownBlock::operator()(at::Tensor x, const at::Tensor& time, const Text& context,
                                     std::vector<at::Tensor>& skips, const RunLayer& run) const {
  x = at_full_size(x, time, context, skips, run);
  if (downsample) {
    x = (*downsample)(x);
    skips.push_back(x);
  }
  return x;
}

UnetMidBlock::UnetMidBlock(const Weights& weights, const UnetBlockShape& shape)
    : first(weights.sub("resnets").sub(0), shape.resnet(shape.channels)),
      attention(weights.sub("attentions").sub(0), shape.transformer()),
      second(weights.sub("resnets").sub(1), shape.resnet(shape.channels)) {}

at::Tensor UnetMidBlock::operator()(const at::Tensor& x, const at::Tensor& time, const Text& context,
                                    const RunLayer& run) const {
  return apply(second, apply(attention, apply(first, x, time, run), context, run), time, run);
}

UnetUpBlock::UnetUpBlock(const Weights& weights, const UnetBlockShape& shape, int64_t in, int64_t skip,
                         bool is_last)
    : attentions(transformers(weights, shape)) {
  for (int64_t i = 0; i < shape.layers; ++i) {
    const auto from_below = i == 0 ? in : shape.channels;
    const auto from_skip = i + 1 == shape.layers ? skip : shape.channels;
    resnets.emplace_back(weights.sub("resnets").sub(i), shape.resnet(from_below + from_skip));
  }
  if (!is_last) upsample.emplace(weights.sub("upsamplers").sub(0), shape.channels);
}

at::Tensor UnetUpBlock::operator()(at::Tensor x, const at::Tensor& time, const Text& context,
                                   std::vector<at::Tensor>& skips, const RunLayer& run) const {
  for (size_t i = 0; i < resnets.size(); ++i) {
    // The joined maps are part of the layer: kept twice they would double what a checkpoint holds.
    x = run(
        [&block = resnets[i]](const Inputs& in) {
          return block(at::cat({in[0], in[1]}, 1), in[2]);
        },
        {x, skips.back(), time});
    skips.pop_back();
    if (!attentions.empty()) x = apply(attentions[i], x, context, run);
  }
  return upsample ? (*upsample)(x, skips.back().size(2), skips.back().size(3)) : x;
}

}  // namespace synood
