#include "models/clip_encoder.h"

#include <cmath>

#include "models/checks.h"
#include "models/clip_encoder_inference.h"

namespace synood {
namespace {

Linear drawn(const Weights& weights, int64_t in, int64_t out, double deviation) {
  return {weights, in, out, true, Init::normal(deviation), Init::zeros()};
}

// Deviations as transformers' CLIPPreTrainedModel has them.
ClipEncoder::Layer layer(const Weights& weights, const ClipEncoder::Shape& shape) {
  const double narrow = 1 / std::sqrt(static_cast<double>(shape.size));
  const double deep = narrow / std::sqrt(2.0 * static_cast<double>(shape.layers));
  const auto attention = weights.sub("self_attn"), mlp = weights.sub("mlp");
  return {.layer_norm1 = {weights.sub("layer_norm1"), shape.size, shape.eps},
          .layer_norm2 = {weights.sub("layer_norm2"), shape.size, shape.eps},
          .q_proj = drawn(attention.sub("q_proj"), shape.size, shape.size, deep),
          .k_proj = drawn(attention.sub("k_proj"), shape.size, shape.size, deep),
          .v_proj = drawn(attention.sub("v_proj"), shape.size, shape.size, deep),
          .out_proj = drawn(attention.sub("out_proj"), shape.size, shape.size, narrow),
          .fc1 = drawn(mlp.sub("fc1"), shape.size, shape.intermediate, narrow / std::sqrt(2.0)),
          .fc2 = drawn(mlp.sub("fc2"), shape.intermediate, shape.size, deep)};
}

}  // namespace

ClipEncoder::ClipEncoder(const Weights& weights, const Shape& shape) : shape(shape) {
  expect_spec(shape.size > 0 && shape.intermediate > 0 && shape.layers > 0,
              "a positive hidden_size, intermediate_size and num_hidden_layers");
  expect_spec(shape.heads > 0 && shape.size % shape.heads == 0,
              "num_attention_heads that divides hidden_size");
  for (int64_t i = 0; i < shape.layers; ++i) {
    layers.push_back(layer(weights.sub("layers").sub(i), shape));
  }
}

at::Tensor ClipEncoder::operator()(at::Tensor x, int64_t skip) const {
  if (infers(*this, x)) return infer(*this, x, skip);
  for (size_t i = 0; i + static_cast<size_t>(skip) < layers.size(); ++i) {
    const auto& layer = layers[i];
    const auto h = layer.layer_norm1(x);
    x = x +
        layer.out_proj(attention(layer.q_proj(h), layer.k_proj(h), layer.v_proj(h), shape.heads, shape.mask));
    x = x + layer.fc2(activate(shape.activation, layer.fc1(layer.layer_norm2(x))));
  }
  return x;
}

}  // namespace synood
