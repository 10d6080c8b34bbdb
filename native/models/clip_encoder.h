#pragma once

#include <string>
#include <vector>

#include "nn/activation.h"
#include "nn/attention.h"
#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace synood {

// The transformer that both towers of CLIP are made of (Radford et al., 2021), pre-norm:
//   x += attention(layer_norm1(x));  x += fc2(activation(fc1(layer_norm2(x))))
//
//   x        (N, L, D)
//   returns  (N, L, D)
struct ClipEncoder {
  struct Shape {
    int64_t size = 512, intermediate = 2048, layers = 12, heads = 8;
    double eps = 1e-5;
    Activation activation = Activation::quick_gelu;
    AttentionMask mask = AttentionMask::none;
  };
  struct Layer {
    LayerNorm layer_norm1, layer_norm2;
    Linear q_proj, k_proj, v_proj, out_proj, fc1, fc2;
  };

  Shape shape;
  std::vector<Layer> layers;

  ClipEncoder() = default;
  ClipEncoder(const Weights& weights, const Shape& shape);
  // of all layers but the last `skip`
  at::Tensor operator()(at::Tensor x, int64_t skip = 0) const;
};

}  // namespace synood
