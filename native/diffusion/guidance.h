#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "diffusion/guided_output.h"
#include "engine/runtime.h"
#include "models/deep_features.h"
#include "models/models.h"

namespace synood {

// Classifier-free guidance (Ho & Salimans, 2022): u + g (c - u), both halves in one call of the denoiser, [u;
// c]. Off when g <= 1 (then `negative` is not needed and the batch is not doubled), and for distilled
// denoisers, which take (g - 1) * 1000 as sinusoids instead (time_cond_proj_dim).
bool guides(const UnetSpec& unet, double guidance_scale);

// What calls with one text share beyond a run, for whoever runs again with the same text.
struct TextMemory {
  at::Tensor prompt, negative;                  // as GuidedUnet got them
  uint64_t weights_stamp = 0;                   // the denoiser's
  std::vector<std::shared_ptr<TextKeys>> keys;  // of the whole batch, then of each part
};

class GuidedUnet {
 public:
  // prompt, negative (N, L, D); extra (N, E, h, w): channels behind the latent that no step changes, or
  // undefined; added: of the batch that the denoiser sees, [u; c] where it is doubled; memory: of an earlier
  // one, taken if its text and the weights are still the same tensors
  GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
             const at::Tensor& negative, const at::Tensor& extra, UnetAdded added = {},
             std::shared_ptr<TextMemory> memory = nullptr);

  // Undefined while the denoiser is trained.
  const std::shared_ptr<TextMemory>& memory() const { return memory_; }

  // From the next call of outputs() on: models/deep_features.h.
  void reuse_deep_features(int64_t interval);

  // scaled latents (N, C, h, w) float32 -> the denoiser's output (N, C, h, w) float32
  at::Tensor operator()(const at::Tensor& latents, double timestep) const {
    return halves(whole(input(latents), timestep)).combined();
  }
  // The same before its two halves are combined, for a scheduler that does both at once; for calls that no
  // gradient goes through. A small denoiser computes the samples side by side, a part of the batch on each
  // thread: of its short operations, each of them split, most would be waiting for the other threads. All
  // parts have one size, so that a sample's bits don't depend on its place.
  GuidedOutput outputs(const at::Tensor& latents, double timestep) const;

  // Whether outputs() does so for latents of that size.
  bool side_by_side(const at::Tensor& latents) const;

 private:
  at::Tensor input(const at::Tensor& latents) const;
  at::Tensor times(int64_t count, double timestep) const;
  at::Tensor whole(const at::Tensor& input, double timestep) const;
  at::Tensor in_parts(const at::Tensor& input, double timestep) const;
  GuidedOutput halves(const at::Tensor& output) const;

  UnetModel& unet_;
  Runtime runtime_;
  double scale_;
  bool guided_;
  at::Tensor context_, extra_;
  UnetAdded added_;
  std::shared_ptr<TextMemory> memory_;
  std::shared_ptr<DeepFeatures> deep_;  // undefined: none are reused
};

}  // namespace synood
