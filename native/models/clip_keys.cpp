#include "models/clip_keys.h"

#include "models/clip_openai_keys.h"

namespace synood {
namespace {

void add_prefix(ParameterStore& store, const std::string& prefix, const std::vector<std::string>& parts) {
  for (const auto& name : store.names()) {
    for (const auto& part : parts) {
      if (name.starts_with(part)) store.rename(name, prefix + name);
    }
  }
}

void ignore_all(ParameterStore& store, const std::string& beginning) {
  for (const auto& name : store.names()) {
    if (name.starts_with(beginning)) store.ignore(name);
  }
}

}  // namespace

void normalise_clip_keys(ParameterStore& store, const ClipSpec& spec) {
  rename_openai_clip_keys(store);
  const auto root = store.root();
  const bool files = !root.fresh();
  if (files && root.has("embeddings.token_embedding.weight")) {
    add_prefix(store, "text_model.", {"embeddings.", "encoder.", "final_layer_norm."});
  }
  if (files && root.has("embeddings.patch_embedding.weight")) {
    add_prefix(store, "vision_model.", {"embeddings.", "encoder.", "pre_layrnorm.", "post_layernorm."});
  }
  if (!spec.text) ignore_all(store, "text_model.");
  if (!spec.vision) ignore_all(store, "vision_model.");
  if (!spec.text || spec.text->projection_dim == 0) ignore_all(store, "text_projection.");
  if (!spec.vision || spec.vision->projection_dim == 0) ignore_all(store, "visual_projection.");
  if (!spec.text || !spec.vision) store.ignore("logit_scale");
  store.ignore("text_model.embeddings.position_ids");
  store.ignore("vision_model.embeddings.position_ids");
}

}  // namespace synood
