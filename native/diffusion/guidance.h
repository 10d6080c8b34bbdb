#pragma once

#include <ATen/ATen.h>

#include "engine/runtime.h"
#include "models/models.h"

namespace synood {

// Classifier-free guidance (Ho & Salimans, 2022): u + g (c - u), both halves in one call of the denoiser, [u;
// c]. Off when g <= 1: then `negative` is not needed and the batch is not doubled.
class GuidedUnet {
 public:
  // prompt, negative (N, L, D); extra (N, E, h, w): channels behind the latent that no step changes, or
  // undefined
  GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
             const at::Tensor& negative, const at::Tensor& extra);

  // scaled latents (N, C, h, w) float32 -> the denoiser's output (N, C, h, w) float32
  at::Tensor operator()(const at::Tensor& latents, int64_t timestep) const;

 private:
  UnetModel& unet_;
  Runtime runtime_;
  double scale_;
  bool guided_;
  at::Tensor context_, extra_;
};

}  // namespace synood
