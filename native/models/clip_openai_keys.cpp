#include "models/clip_openai_keys.h"

#include <array>
#include <utility>

namespace synood {
namespace {

using Pair = std::pair<std::string, std::string>;

const std::array<Pair, 6> kLayerParts = {{
    {"attn.out_proj.", "self_attn.out_proj."},
    {"ln_1.", "layer_norm1."},
    {"ln_2.", "layer_norm2."},
    {"mlp.c_fc.", "mlp.fc1."},
    {"mlp.c_proj.", "mlp.fc2."},
    {"attn.in_proj_", "self_attn.in_proj_"},
}};

const std::array<Pair, 8> kWholes = {{
    {"visual.class_embedding", "vision_model.embeddings.class_embedding"},
    {"visual.positional_embedding", "vision_model.embeddings.position_embedding.weight"},
    {"visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight"},
    {"visual.proj", "visual_projection.weight"},
    {"token_embedding.weight", "text_model.embeddings.token_embedding.weight"},
    {"positional_embedding", "text_model.embeddings.position_embedding.weight"},
    {"text_projection", "text_projection.weight"},
    {"text_projection.weight", "text_projection.weight"},
}};

const std::array<Pair, 3> kNorms = {{
    {"visual.ln_pre.", "vision_model.pre_layrnorm."},
    {"visual.ln_post.", "vision_model.post_layernorm."},
    {"ln_final.", "text_model.final_layer_norm."},
}};

// "12.ln_1.weight" -> "12.layer_norm1.weight"
std::string layer_key(const std::string& rest) {
  const auto dot = rest.find('.') + 1;
  for (const auto& [from, to] : kLayerParts) {
    if (rest.compare(dot, from.size(), from) == 0) {
      return rest.substr(0, dot) + to + rest.substr(dot + from.size());
    }
  }
  return rest;
}

std::string new_name(const std::string& name) {
  for (const auto& [from, to] : kWholes) {
    if (name == from) return to;
  }
  for (const auto& [from, to] : kNorms) {
    if (name.starts_with(from)) return to + name.substr(from.size());
  }
  for (const auto& [tower, to] : {Pair{"visual.", "vision_model."}, Pair{"", "text_model."}}) {
    const auto blocks = tower + "transformer.resblocks.";
    if (name.starts_with(blocks)) return to + "encoder.layers." + layer_key(name.substr(blocks.size()));
  }
  return name;
}

void cut_into_thirds(ParameterStore& store, const std::string& name) {
  const auto at = name.find("self_attn.in_proj_");
  if (at == std::string::npos) return;
  const auto prefix = name.substr(0, at) + "self_attn.";
  const auto kind = name.substr(at + std::string("self_attn.in_proj_").size());
  store.split_rows(name, {prefix + "q_proj." + kind, prefix + "k_proj." + kind, prefix + "v_proj." + kind});
}

}  // namespace

void rename_openai_clip_keys(ParameterStore& store) {
  for (const auto& name : store.names()) {
    if (name.starts_with("text.")) store.rename(name, name.substr(5));
  }
  const auto root = store.root();
  const bool vision = !root.fresh() && root.has("visual.conv1.weight");
  const bool text = !root.fresh() && root.has("transformer.resblocks.0.ln_1.weight");
  if (!vision && !text) return;
  // Of the archives that OpenAI published: three numbers beside the weights.
  for (const auto* number : {"input_resolution", "context_length", "vocab_size"}) store.ignore(number);
  store.ignore("attn_mask");
  for (const auto* matrix : {"visual.proj", "text_projection"}) store.transpose(matrix);
  for (const auto& name : store.names()) store.rename(name, new_name(name));
  for (const auto& name : store.names()) cut_into_thirds(store, name);
}

}  // namespace synood
