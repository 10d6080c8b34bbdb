#include "diffusion/denoise.h"

#include <limits>

namespace synood {

at::Tensor denoise(Scheduler& scheduler, int64_t first, const GuidedUnet& unet, at::Tensor latents,
                   const Blend& blend, const JobControl& control, const AfterStep& after_step) {
  const auto& times = scheduler.timesteps();
  const auto end = static_cast<int64_t>(times.size());
  const auto total = end - first;
  for (int64_t i = first; i < end; ++i) {
    control.check();
    const auto output = unet(scheduler.scale_model_input(latents, i), times[i]);
    latents = scheduler.step(output, i, latents);
    if (blend.mask.defined()) {
      const auto outside =
          i + 1 < end ? scheduler.add_noise(blend.picture, blend.noise, times[i + 1]) : blend.picture;
      latents = (1 - blend.mask) * outside + blend.mask * latents;
    }
    const auto done = i + 1 - first;
    if (after_step) after_step(done, total, times[i], latents);
    control.report({"denoise", done, total, std::numeric_limits<double>::quiet_NaN()});
  }
  control.check();
  return latents;
}

}  // namespace synood
