#pragma once

#include <ATen/ATen.h>

#include "diffusion/guided_output.h"
#include "engine/runtime.h"
#include "models/deep_features.h"
#include "models/models.h"

namespace synood {

// Classifier-free guidance (Ho & Salimans, 2022): u + g (c - u), both halves in one call of the denoiser, [u;
// c]. Off when g <= 1 (then `negative` is not needed and the batch is not doubled), and for distilled
// denoisers, which take (g - 1) * 1000 as sinusoids instead (time_cond_proj_dim).
bool guides(const UnetSpec& unet, double guidance_scale);

class GuidedUnet {
 public:
  // prompt, negative (N, L, D); extra (N, E, h, w): channels behind the latent that no step changes, or
  // undefined; added: of the batch that the denoiser sees, [u; c] where it is doubled
  GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
             const at::Tensor& negative, const at::Tensor& extra, UnetAdded added = {});

  // From the next call on: models/deep_features.h. Calls that are recorded compute all.
  void reuse_deep_features(int64_t interval);

  // scaled latents (N, C, h, w) float32 -> the denoiser's output (N, C, h, w) float32
  at::Tensor operator()(const at::Tensor& latents, double timestep) const {
    return outputs(latents, timestep).combined();
  }
  // the same before its two halves are combined, for a scheduler that does both at once
  GuidedOutput outputs(const at::Tensor& latents, double timestep) const;

 private:
  UnetModel& unet_;
  Runtime runtime_;
  double scale_;
  bool guided_;
  at::Tensor context_, extra_;
  UnetAdded added_;
  std::shared_ptr<DeepFeatures> deep_;  // undefined: none are reused
};

}  // namespace synood
