#pragma once

#include <vector>

#include "nn/activation.h"
#include "nn/conv2d.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"
#include "synood/specs.h"

namespace synood {

// The vision transformer (Dosovitskiy et al., 2021) under transformers' names, pre-norm:
//
//   x = [class token; patches] + positions
//   x += attention(layernorm_before(x));  x += mlp(layernorm_after(x))     each layer
//   layernorm(x), the class token of it
//
//   pixels   (N, C, S, S) normalised
//   returns  (N, D)
struct VitBackbone {
  struct Layer {
    LayerNorm before, after;
    Linear query, key, value, out, intermediate, output;
  };

  VitSpec spec;
  Activation activation = Activation::gelu;
  Conv2d patch_embedding;
  at::Tensor cls_token, position_embeddings;  // (1, 1, D), (1, 1 + patches, D)
  std::vector<Layer> layers;
  LayerNorm layernorm;

  VitBackbone(const Weights& vit, const VitSpec& spec);
  at::Tensor operator()(const at::Tensor& pixels) const;
};

}  // namespace synood
