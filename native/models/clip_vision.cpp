#include "models/clip_vision.h"

#include <cmath>

#include "models/checks.h"
#include "models/clip_encoder_training.h"

namespace synood {

ClipVision::ClipVision(const Weights& root, const ClipVisionSpec& spec) : spec(spec) {
  expect_spec(spec.patch_size > 0 && spec.image_size >= spec.patch_size && spec.num_channels > 0,
              "a positive patch_size, at most image_size, and num_channels");
  const auto model = root.sub("vision_model"), embeddings = model.sub("embeddings");
  const auto side = spec.image_size / spec.patch_size, size = spec.hidden_size;
  const double narrow = 1 / std::sqrt(static_cast<double>(size));
  patch_embedding = {embeddings.sub("patch_embedding"),
                     spec.num_channels,
                     size,
                     {.kernel = spec.patch_size, .stride = spec.patch_size, .padding = 0},
                     false,
                     Init::normal(0.02)};
  class_embedding = embeddings.take("class_embedding", {size}, Init::normal(narrow));
  position_embedding =
      embeddings.sub("position_embedding").take("weight", {side * side + 1, size}, Init::normal(0.02));
  pre_layrnorm = {model.sub("pre_layrnorm"), size, spec.layer_norm_eps};
  encoder = {model.sub("encoder"),
             {.size = size,
              .intermediate = spec.intermediate_size,
              .layers = spec.num_hidden_layers,
              .heads = spec.num_attention_heads,
              .eps = spec.layer_norm_eps,
              .activation = parse_activation(spec.hidden_act)}};
  post_layernorm = {model.sub("post_layernorm"), size, spec.layer_norm_eps};
  if (spec.projection_dim > 0) {
    visual_projection = {root.sub("visual_projection"), size,         spec.projection_dim, false,
                         Init::normal(narrow),          Init::zeros()};
  }
}

at::Tensor ClipVision::features(const at::Tensor& pixels) const {
  const auto patches = patch_embedding(pixels).flatten(2).transpose(1, 2);
  const auto class_token = class_embedding.expand({pixels.size(0), 1, -1});
  const auto tokens = pre_layrnorm(at::cat({class_token, patches}, 1) + position_embedding);
  const auto first =
      at::zeros({pixels.size(0)}, at::TensorOptions().device(pixels.device()).dtype(at::kLong));
  const auto pooled = post_layernorm(pooled_state(encoder, tokens, first));
  return visual_projection.weight.defined() ? visual_projection(pooled) : pooled;
}

}  // namespace synood
