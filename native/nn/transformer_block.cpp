#include "nn/transformer_block.h"

#include "nn/attention.h"
#include "nn/gated_gelu.h"

namespace synood {

CrossAttention::CrossAttention(const Weights& weights, int64_t size, int64_t context_size, int64_t heads)
    : heads(heads),
      to_q(weights.sub("to_q"), size, size, false),
      to_k(weights.sub("to_k"), context_size, size, false),
      to_v(weights.sub("to_v"), context_size, size, false),
      to_out(weights.sub("to_out").sub(0), size, size) {}

at::Tensor CrossAttention::operator()(const at::Tensor& x, const Text& context) const {
  const auto project = [&] { return TextKeys::Pair{to_k(context.states), to_v(context.states)}; };
  const auto [keys, values] = context.keys ? context.keys->of(to_k.weight, project) : project();
  return to_out(attention(to_q(x), keys, values, heads));
}

GatedFeedForward::GatedFeedForward(const Weights& weights, int64_t size)
    : proj(weights.sub("net").sub(0).sub("proj"), size, 8 * size),
      out(weights.sub("net").sub(2), 4 * size, size) {}

at::Tensor GatedFeedForward::operator()(const at::Tensor& x) const { return out(gated_gelu(proj(x))); }

TransformerBlock::TransformerBlock(const Weights& weights, int64_t size, int64_t context_size, int64_t heads)
    : norm1(weights.sub("norm1"), size),
      norm2(weights.sub("norm2"), size),
      norm3(weights.sub("norm3"), size),
      attn1(weights.sub("attn1"), size, size, heads),
      attn2(weights.sub("attn2"), size, context_size, heads),
      ff(weights.sub("ff"), size) {}

at::Tensor TransformerBlock::operator()(const at::Tensor& x, const Text& context) const {
  const auto normed = norm1(x);
  auto y = x + attn1(normed, {normed, nullptr});
  y = y + attn2(norm2(y), context);
  return y + ff(norm3(y));
}

}  // namespace synood
