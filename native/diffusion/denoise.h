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
    std::function<void(int64_t done, int64_t total, int64_t timestep, const at::Tensor& latents)>;

// The chain from scheduler.timesteps()[first] to a clean latent; latents (N, C, h, w) are already at that
// time's noise level. Looks at the signal before each step and reports the stage "denoise" after it.
// after_step may be empty.
at::Tensor denoise(Scheduler& scheduler, int64_t first, const GuidedUnet& unet, at::Tensor latents,
                   const Blend& blend, const JobControl& control, const AfterStep& after_step = {});

}  // namespace synood
