#pragma once

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"

namespace synood {

// The residual block of diffusion models (diffusers' ResnetBlock2D):
//   h = conv1(silu(norm1(x))) [+ W silu(t)];  y = shortcut(x) + conv2(silu(norm2(h)))
//
//   x        (N, in, H, W)
//   time     (N or 1, T), undefined in an autoencoder
//   returns  (N, out, H, W)
struct ResnetBlock {
  struct Shape {
    int64_t in = 0, out = 0;
    int64_t time = 0;  // 0: no time embedding
    int64_t groups = 32;
    double eps = 1e-5;
  };

  GroupNorm norm1, norm2;
  Conv2d conv1, conv2, conv_shortcut;  // the shortcut is undefined when in = out
  Linear time_emb_proj;

  ResnetBlock(const Weights& weights, Shape shape);
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& time = {}) const;
};

}  // namespace synood
