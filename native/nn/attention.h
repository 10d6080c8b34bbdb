#pragma once

#include <ATen/ATen.h>

namespace synood {

enum class AttentionMask { none, causal };

// softmax(Q K^T / sqrt(d)) V in `heads` heads of d = D / heads (Vaswani et al., 2017).
//
//   query       (N, L, D)
//   key, value  (N, S, D); causal: L = S and a position sees itself and what comes before
//   returns     (N, L, D)
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                     AttentionMask mask = AttentionMask::none);

// The two ways of computing it, for attention() to choose from and for tests to compare. The plain one
// materialises the scores (N, heads, L, S); the other one is LibTorch's fused kernel.
at::Tensor plain_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           int64_t heads, AttentionMask mask);
at::Tensor fused_attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                           int64_t heads, AttentionMask mask);

}  // namespace synood
