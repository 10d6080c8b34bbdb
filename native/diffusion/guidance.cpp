#include "diffusion/guidance.h"

#include <utility>

#include "nn/timestep_embedding.h"

namespace synood {

bool guides(const UnetSpec& unet, double guidance_scale) {
  return guidance_scale > 1 && unet.time_cond_proj_dim == 0;
}

GuidedUnet::GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
                       const at::Tensor& negative, const at::Tensor& extra, UnetAdded added)
    : unet_(unet),
      runtime_(runtime),
      scale_(guidance_scale),
      guided_(guides(unet.spec(), guidance_scale)),
      added_(std::move(added)) {
  context_ = (guided_ ? at::cat({negative, prompt}) : prompt).to(runtime.dtype);
  if (extra.defined()) extra_ = (guided_ ? at::cat({extra, extra}) : extra).to(runtime.dtype);
  if (const auto size = unet.spec().time_cond_proj_dim; size > 0) {
    const auto scale = at::full({context_.size(0)}, (guidance_scale - 1) * 1000,
                                at::TensorOptions().device(runtime.device).dtype(at::kFloat));
    added_.timestep_cond = timestep_embedding(scale, size, false, 1);
  }
}

at::Tensor GuidedUnet::operator()(const at::Tensor& latents, double timestep) const {
  auto input = (guided_ ? at::cat({latents, latents}) : latents).to(runtime_.dtype);
  if (extra_.defined()) input = at::cat({input, extra_}, 1);
  const auto times =
      at::full({input.size(0)}, timestep, at::TensorOptions().device(runtime_.device).dtype(at::kFloat));
  const auto output = unet_.forward_with(input, times, context_, added_).to(at::kFloat);
  if (!guided_) return output;
  const auto halves = output.chunk(2);
  return halves[0] + (halves[1] - halves[0]) * scale_;
}

}  // namespace synood
