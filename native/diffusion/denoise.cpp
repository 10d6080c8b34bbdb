#include "diffusion/denoise.h"

#include <limits>
#include <vector>

#include "nn/checkpoint.h"

namespace synood {
namespace {

at::Tensor again_on_the_way_back(const GuidedUnet& unet, const at::Tensor& input, double timestep) {
  return checkpoint([unet, timestep](const std::vector<at::Tensor>& in) { return unet(in[0], timestep); },
                    {input});
}

}  // namespace

at::Tensor denoise(Scheduler& scheduler, int64_t first, const GuidedUnet& unet, at::Tensor latents,
                   const Blend& blend, const JobControl& control, const AfterStep& after_step,
                   const Recording& recording, at::Tensor* leaf) {
  const auto& times = scheduler.timesteps();
  const auto end = static_cast<int64_t>(times.size());
  const auto total = end - first;
  for (int64_t i = first; i < end; ++i) {
    control.check();
    const bool recorded = end - i <= recording.calls;
    const at::AutoGradMode mode(recorded);
    if (recorded && !latents.requires_grad()) {
      latents = latents.detach().requires_grad_(true);
      if (leaf != nullptr) *leaf = latents;
    }
    const auto input = scheduler.scale_model_input(latents, i);
    if (recorded) {
      // The alias adds gradients up in the order in which a checkpoint does: the same bits.
      const auto output = recording.checkpoint ? again_on_the_way_back(unet, input, times[i])
                                               : unet(at::alias(input), times[i]);
      latents = scheduler.step(output, i, latents);
    } else {
      latents = scheduler.guided_step(unet.outputs(input, times[i]), i, latents);
    }
    if (blend.mask.defined()) {
      const auto outside =
          i + 1 < end ? scheduler.add_noise_at(blend.picture, blend.noise, i + 1) : blend.picture;
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
