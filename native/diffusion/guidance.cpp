#include "diffusion/guidance.h"

namespace synood {

GuidedUnet::GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
                       const at::Tensor& negative, const at::Tensor& extra)
    : unet_(unet), runtime_(runtime), scale_(guidance_scale), guided_(guidance_scale > 1) {
  context_ = (guided_ ? at::cat({negative, prompt}) : prompt).to(runtime.dtype);
  if (extra.defined()) extra_ = (guided_ ? at::cat({extra, extra}) : extra).to(runtime.dtype);
}

at::Tensor GuidedUnet::operator()(const at::Tensor& latents, int64_t timestep) const {
  auto input = (guided_ ? at::cat({latents, latents}) : latents).to(runtime_.dtype);
  if (extra_.defined()) input = at::cat({input, extra_}, 1);
  const auto times = at::full({input.size(0)}, static_cast<double>(timestep),
                              at::TensorOptions().device(runtime_.device).dtype(at::kFloat));
  const auto output = unet_.forward(input, times, context_).to(at::kFloat);
  if (!guided_) return output;
  const auto halves = output.chunk(2);
  return halves[0] + (halves[1] - halves[0]) * scale_;
}

}  // namespace synood
