#pragma once

#include <ATen/ATen.h>

#include <functional>

#include "diffusion/guidance.h"
#include "diffusion/scheduler.h"
#include "synood/job.h"

namespace synood {

// What a denoiser with no mask channels needs after every step: outside the mask the latents are the
// picture's own at the next step's noise level, clean after the last.
//   x' = (1 - m) * add_noise(picture, noise, t_next) + m * x
struct Blend {
  at::Tensor mask;     // (N, 1, h, w); undefined: no blending
  at::Tensor picture;  // (N, C, h, w) scaled
  at::Tensor noise;    // (N, C, h, w)
};

using AfterStep =
    std::function<void(int64_t done, int64_t total, double timestep, const at::Tensor& latents)>;

// Which calls of the denoiser a gradient goes through: the last `calls`. The latents before the first of them
// are cut off and become the leaf, unless they need a gradient already. With `checkpoint` a call keeps its
// latents alone and is computed again on the way back.
struct Recording {
  int64_t calls = 0;
  bool checkpoint = false;
};

// The chain from scheduler.timesteps()[first] to a clean latent; latents (N, C, h, w) are already at that
// time's noise level. Looks at the signal before each step and reports the stage "denoise" after it.
// after_step may be empty. `leaf`, if given, takes the leaf that the recording made.
at::Tensor denoise(Scheduler& scheduler, int64_t first, const GuidedUnet& unet, at::Tensor latents,
                   const Blend& blend, const JobControl& control, const AfterStep& after_step = {},
                   const Recording& recording = {}, at::Tensor* leaf = nullptr);

}  // namespace synood
