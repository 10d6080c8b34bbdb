#pragma once

#include <vector>

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"
#include "nn/transformer_block.h"

namespace synood {

// diffusers' Transformer2DModel: transformer blocks over the positions of a feature map, x +
// out(blocks(in(norm(x)))). `in` and `out` are 1x1 convolutions (Stable Diffusion 1) or linear maps (2 and
// XL): the same sum, with weights of another shape.
//
//   x        (N, C, H, W)
//   context  (N, S, cross_attention_dim)
//   returns  (N, C, H, W)
struct SpatialTransformer {
  struct Shape {
    int64_t channels = 0, heads = 1, layers = 1, context = 768, groups = 32;
    bool linear_projection = false;
  };

  GroupNorm norm;
  Linear proj_in, proj_out;
  std::vector<TransformerBlock> blocks;

  SpatialTransformer(const Weights& weights, Shape shape);
  at::Tensor operator()(const at::Tensor& x, const Text& context) const;
};

}  // namespace synood
