#pragma once

#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "nn/text_keys.h"

namespace synood {

// Attention with its projections, as diffusers names them; queries from x, keys and values from a context.
//
//   x        (N, L, D)
//   context  (N, S, C), a text or x itself
//   returns  (N, L, D)
struct CrossAttention {
  int64_t heads;
  Linear to_q, to_k, to_v, to_out;  // the first three without bias

  CrossAttention(const Weights& weights, int64_t size, int64_t context_size, int64_t heads);
  at::Tensor operator()(const at::Tensor& x, const Text& context) const;
};

// GEGLU (Shazeer, 2020): (a, g) = W x; y = V (a gelu(g)), the inner width 4 D.
struct GatedFeedForward {
  Linear proj, out;

  GatedFeedForward(const Weights& weights, int64_t size);
  at::Tensor operator()(const at::Tensor& x) const;
};

// diffusers' BasicTransformerBlock:
//   x += self(norm1(x));  x += cross(norm2(x), context);  x += ff(norm3(x))
//
//   x        (N, L, D)
//   context  (N, S, C), the text
//   returns  (N, L, D)
struct TransformerBlock {
  LayerNorm norm1, norm2, norm3;
  CrossAttention attn1, attn2;
  GatedFeedForward ff;

  TransformerBlock(const Weights& weights, int64_t size, int64_t context_size, int64_t heads);
  at::Tensor operator()(const at::Tensor& x, const Text& context) const;
};

}  // namespace synood
