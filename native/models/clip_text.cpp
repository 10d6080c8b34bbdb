#include "models/clip_text.h"

#include <cmath>

#include "models/checks.h"
#include "models/clip_encoder_training.h"

namespace synood {

ClipText::ClipText(const Weights& root, const ClipTextSpec& spec) : spec(spec) {
  expect_spec(spec.vocab_size > 0 && spec.max_position_embeddings > 0,
              "a positive vocab_size and max_position_embeddings");
  const auto model = root.sub("text_model"), embeddings = model.sub("embeddings");
  token_embedding = {embeddings.sub("token_embedding"), spec.vocab_size, spec.hidden_size,
                     Init::normal(0.02)};
  position_embedding = {embeddings.sub("position_embedding"), spec.max_position_embeddings, spec.hidden_size,
                        Init::normal(0.02)};
  encoder = {model.sub("encoder"),
             {.size = spec.hidden_size,
              .intermediate = spec.intermediate_size,
              .layers = spec.num_hidden_layers,
              .heads = spec.num_attention_heads,
              .eps = spec.layer_norm_eps,
              .activation = parse_activation(spec.hidden_act),
              .mask = AttentionMask::causal}};
  final_layer_norm = {model.sub("final_layer_norm"), spec.hidden_size, spec.layer_norm_eps};
  if (spec.projection_dim > 0) {
    const double deviation = 1 / std::sqrt(static_cast<double>(spec.hidden_size));
    text_projection = {root.sub("text_projection"), spec.hidden_size, spec.projection_dim, false,
                       Init::normal(deviation),     Init::zeros()};
  }
}

at::Tensor ClipText::embedded(const at::Tensor& ids) const {
  return token_embedding(ids) + position_embedding.weight.narrow(0, 0, ids.size(1));
}

at::Tensor ClipText::hidden_states(const at::Tensor& ids) const {
  return final_layer_norm(encoder(embedded(ids)));
}

at::Tensor ClipText::penultimate_states(const at::Tensor& ids) const { return encoder(embedded(ids), 1); }

at::Tensor ClipText::features(const at::Tensor& ids) const { return features_of(embedded(ids), ids); }

at::Tensor ClipText::features_of(const at::Tensor& embedded, const at::Tensor& ids) const {
  // An eos_token_id of 2 stands in configurations that were written before the true one mattered: there the
  // end is the largest id.
  const auto end = spec.eos_token_id == 2 ? ids.argmax(1) : ids.eq(spec.eos_token_id).to(at::kInt).argmax(1);
  const auto pooled = final_layer_norm(pooled_state(encoder, embedded, end));
  return text_projection.weight.defined() ? text_projection(pooled) : pooled;
}

}  // namespace synood
