#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "diffusion/conditioning.h"

namespace synood {

// One place in the batch and what its sample keeps between iterations. Tensors are float32 on the device,
// with a leading 1 where the batch goes.
struct Slot {
  bool used = false, finished = false;
  int64_t iteration = 0;  // completed ones
  uint64_t seed = 0;
  at::Tensor noise;           // (1, C, h, w): what the search moves
  at::Tensor picture;         // (1, C, h, w): the image's latents, scaled
  PooledPrompt prompt;        // (1, L, D), and (1, P) of Stable Diffusion XL
  PooledPrompt negative;      // the same; undefined without guidance
  at::Tensor mask;            // (1, 1, h, w)
  at::Tensor masked_moments;  // (1, 2C, h, w) of the masked image; undefined for a denoiser of C channels
  at::Tensor masked_noise;    // (I, C, h, w): given draws of the first I iterations, or undefined
  at::Tensor image;           // (3, H, W) that was decoded last
  // Where the last step began, for a step that is taken back: noise, gradient (1, C, h, w), score - target.
  at::Tensor origin, gradient;
  double origin_side = 0, step = 0;

  bool active() const { return used && !finished; }
};

}  // namespace synood
