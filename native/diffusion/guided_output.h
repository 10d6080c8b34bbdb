#pragma once

#include <ATen/ATen.h>

namespace synood {

// What a denoiser said under classifier-free guidance: its outputs u and c (N, C, h, w), of its own type; c
// is undefined where nothing guides.
struct GuidedOutput {
  at::Tensor unconditional, conditional;
  double scale = 1;

  // u + g (c - u), float32
  at::Tensor combined() const {
    const auto u = unconditional.to(at::kFloat);
    return conditional.defined() ? u + (conditional.to(at::kFloat) - u) * scale : u;
  }
};

}  // namespace synood
