#include "nn/spatial_transformer.h"

namespace synood {
namespace {

// A 1x1 convolution's weight (out, in, 1, 1) and a linear one's (out, in) differ by name only.
Linear projection(const Weights& weights, int64_t channels, bool linear) {
  if (linear) return {weights, channels, channels};
  Linear result;
  result.weight = weights.take("weight", {channels, channels, 1, 1}, Init::fan_in(channels));
  result.bias = weights.take("bias", {channels}, Init::fan_in(channels));
  return result;
}

// (N, L, C) -> (N, L, C). The view is taken at every call, so that a trained convolution keeps its own shape.
at::Tensor project(const Linear& projection, const at::Tensor& x) {
  return linear(projection.frozen, x, projection.weight.flatten(1), projection.bias);
}

}  // namespace

SpatialTransformer::SpatialTransformer(const Weights& weights, Shape shape)
    : norm(weights.sub("norm"), shape.channels, shape.groups, 1e-6),
      proj_in(projection(weights.sub("proj_in"), shape.channels, shape.linear_projection)),
      proj_out(projection(weights.sub("proj_out"), shape.channels, shape.linear_projection)) {
  const auto layers = weights.sub("transformer_blocks");
  for (int64_t i = 0; i < shape.layers; ++i) {
    blocks.emplace_back(layers.sub(i), shape.channels, shape.context, shape.heads);
  }
}

at::Tensor SpatialTransformer::operator()(const at::Tensor& x, const Text& context) const {
  auto tokens = project(proj_in, norm(x).flatten(2).transpose(1, 2));
  for (const auto& block : blocks) tokens = block(tokens, context);
  // The positions' rows are a feature map with its channels last: a view, not a copy.
  return x + project(proj_out, tokens).transpose(1, 2).unflatten(2, {x.size(2), x.size(3)});
}

}  // namespace synood
