#pragma once

#include "models/clip_encoder.h"
#include "nn/embedding.h"
#include "synood/specs.h"

namespace synood {

// CLIP's text tower: token and position embeddings, a causal transformer, a final layer norm.
struct ClipText {
  ClipTextSpec spec;
  Embedding token_embedding, position_embedding;
  ClipEncoder encoder;
  LayerNorm final_layer_norm;
  Linear text_projection;  // undefined when spec.projection_dim is 0

  // `root` holds `text_model.*` and `text_projection`
  ClipText(const Weights& root, const ClipTextSpec& spec);

  // (N, L) int64 -> (N, L, hidden), after the final layer norm
  at::Tensor hidden_states(const at::Tensor& ids) const;
  // (N, L) -> (N, L, hidden), what the last layer is given
  at::Tensor penultimate_states(const at::Tensor& ids) const;
  // (N, L) -> (N, D): the hidden state at the end of the text, projected
  at::Tensor features(const at::Tensor& ids) const;

  // The two halves of features(), for those who change what lies between: token and position embeddings
  // (N, L, hidden), and from there to (N, D). `ids` say where each text ends.
  at::Tensor embedded(const at::Tensor& ids) const;
  at::Tensor features_of(const at::Tensor& embedded, const at::Tensor& ids) const;
};

}  // namespace synood
