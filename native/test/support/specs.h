#pragma once

// Architectures from config.json, as ts/models reads them; for tests.

#include "test/support/fixture.h"

namespace synood::test {

inline ClipTextSpec clip_text_spec(const nlohmann::json& config, int64_t projection_dim) {
  return {.hidden_size = config.at("hidden_size"),
          .intermediate_size = config.at("intermediate_size"),
          .num_hidden_layers = config.at("num_hidden_layers"),
          .num_attention_heads = config.at("num_attention_heads"),
          .vocab_size = config.at("vocab_size"),
          .max_position_embeddings = config.at("max_position_embeddings"),
          .projection_dim = projection_dim,
          .eos_token_id = config.at("eos_token_id"),
          .layer_norm_eps = config.at("layer_norm_eps"),
          .hidden_act = config.at("hidden_act")};
}

inline ClipVisionSpec clip_vision_spec(const nlohmann::json& config, int64_t projection_dim) {
  return {.hidden_size = config.at("hidden_size"),
          .intermediate_size = config.at("intermediate_size"),
          .num_hidden_layers = config.at("num_hidden_layers"),
          .num_attention_heads = config.at("num_attention_heads"),
          .image_size = config.at("image_size"),
          .patch_size = config.at("patch_size"),
          .num_channels = config.at("num_channels"),
          .projection_dim = projection_dim,
          .layer_norm_eps = config.at("layer_norm_eps"),
          .hidden_act = config.at("hidden_act")};
}

// Of any folder that holds one tower or both; a model without a projection says so in `architectures`.
inline ClipSpec clip_spec(const nlohmann::json& config) {
  const std::string kind = config.at("architectures").at(0);
  if (kind == "CLIPModel") {
    const int64_t dim = config.at("projection_dim");
    return {.text = clip_text_spec(config.at("text_config"), dim),
            .vision = clip_vision_spec(config.at("vision_config"), dim),
            .logit_scale_init = config.value("logit_scale_init_value", 2.6592)};
  }
  const bool projected = kind.find("WithProjection") != std::string::npos;
  const int64_t dim = projected ? config.at("projection_dim").get<int64_t>() : 0;
  if (kind.rfind("CLIPText", 0) == 0) return {.text = clip_text_spec(config, dim), .vision = std::nullopt};
  return {.text = std::nullopt, .vision = clip_vision_spec(config, dim)};
}

// A number stands for the same one in every block.
inline std::vector<int64_t> per_block(const nlohmann::json& value, size_t count) {
  if (value.is_array()) return value.get<std::vector<int64_t>>();
  return std::vector<int64_t>(count, value.get<int64_t>());
}

inline UnetSpec unet_spec(const nlohmann::json& config) {
  const auto channels = config.at("block_out_channels").get<std::vector<int64_t>>();
  // A key may be there and null.
  const auto number = [&config](const char* key) {
    const auto value = config.value(key, nlohmann::json());
    return value.is_null() ? int64_t{0} : value.get<int64_t>();
  };
  const auto added = config.value("addition_embed_type", nlohmann::json());
  return {
      .in_channels = config.at("in_channels"),
      .out_channels = config.at("out_channels"),
      .sample_size = config.at("sample_size"),
      .block_out_channels = channels,
      .down_block_types = config.at("down_block_types").get<std::vector<std::string>>(),
      .up_block_types = config.at("up_block_types").get<std::vector<std::string>>(),
      .layers_per_block = config.at("layers_per_block"),
      .num_attention_heads = per_block(config.at("attention_head_dim"), channels.size()),
      .transformer_layers_per_block = per_block(config.at("transformer_layers_per_block"), channels.size()),
      .cross_attention_dim = config.at("cross_attention_dim"),
      .norm_num_groups = config.at("norm_num_groups"),
      .norm_eps = config.at("norm_eps"),
      .use_linear_projection = config.at("use_linear_projection"),
      .flip_sin_to_cos = config.at("flip_sin_to_cos"),
      .freq_shift = config.at("freq_shift"),
      .addition_embed_type = added.is_null() ? "" : added.get<std::string>(),
      .addition_time_embed_dim = number("addition_time_embed_dim"),
      .projection_class_embeddings_input_dim = number("projection_class_embeddings_input_dim"),
      .time_cond_proj_dim = number("time_cond_proj_dim")};
}

inline AutoencoderKlSpec autoencoder_kl_spec(const nlohmann::json& config) {
  return {.in_channels = config.at("in_channels"),
          .out_channels = config.at("out_channels"),
          .latent_channels = config.at("latent_channels"),
          .block_out_channels = config.at("block_out_channels").get<std::vector<int64_t>>(),
          .layers_per_block = config.at("layers_per_block"),
          .norm_num_groups = config.at("norm_num_groups"),
          .scaling_factor = config.at("scaling_factor"),
          .latents_mean = {},
          .latents_std = {}};
}

inline AutoencoderTinySpec autoencoder_tiny_spec(const nlohmann::json& config) {
  using Sizes = std::vector<int64_t>;
  return {.in_channels = config.at("in_channels"),
          .out_channels = config.at("out_channels"),
          .latent_channels = config.at("latent_channels"),
          .encoder_block_out_channels = config.at("encoder_block_out_channels").get<Sizes>(),
          .decoder_block_out_channels = config.at("decoder_block_out_channels").get<Sizes>(),
          .num_encoder_blocks = config.at("num_encoder_blocks").get<Sizes>(),
          .num_decoder_blocks = config.at("num_decoder_blocks").get<Sizes>(),
          .act_fn = config.at("act_fn"),
          .scaling_factor = config.at("scaling_factor")};
}

inline ResnetSpec resnet_spec(const nlohmann::json& config) {
  return {.num_channels = config.at("num_channels"),
          .embedding_size = config.at("embedding_size"),
          .hidden_sizes = config.at("hidden_sizes").get<std::vector<int64_t>>(),
          .depths = config.at("depths").get<std::vector<int64_t>>(),
          .layer_type = config.at("layer_type"),
          .hidden_act = config.at("hidden_act"),
          .downsample_in_first_stage = config.at("downsample_in_first_stage"),
          .downsample_in_bottleneck = config.at("downsample_in_bottleneck"),
          .num_labels = static_cast<int64_t>(config.at("id2label").size())};
}

inline VitSpec vit_spec(const nlohmann::json& config) {
  return {.hidden_size = config.at("hidden_size"),
          .intermediate_size = config.at("intermediate_size"),
          .num_hidden_layers = config.at("num_hidden_layers"),
          .num_attention_heads = config.at("num_attention_heads"),
          .image_size = config.at("image_size"),
          .patch_size = config.at("patch_size"),
          .num_channels = config.at("num_channels"),
          .qkv_bias = config.at("qkv_bias"),
          .layer_norm_eps = config.at("layer_norm_eps"),
          .hidden_act = config.at("hidden_act"),
          .num_labels = static_cast<int64_t>(config.at("id2label").size())};
}

}  // namespace synood::test
