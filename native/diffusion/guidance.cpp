#include "diffusion/guidance.h"

#include <memory>
#include <string>
#include <utility>

#include "nn/timestep_embedding.h"
#include "synood/error.h"

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

void GuidedUnet::reuse_deep_features(int64_t interval) {
  if (interval < 1) {
    throw Error(ErrorCode::value,
                "Expected a cache_interval of at least 1 (1: off), got " + std::to_string(interval) + ".");
  }
  deep_ = interval > 1 ? std::make_shared<DeepFeatures>(DeepFeatures{interval, 0, {}}) : nullptr;
}

GuidedOutput GuidedUnet::outputs(const at::Tensor& latents, double timestep) const {
  auto input = (guided_ ? at::cat({latents, latents}) : latents).to(runtime_.dtype);
  if (extra_.defined()) input = at::cat({input, extra_}, 1);
  const auto times =
      at::full({input.size(0)}, timestep, at::TensorOptions().device(runtime_.device).dtype(at::kFloat));
  auto* reusing = deep_ && !at::GradMode::is_enabled() ? dynamic_cast<DeepFeatureReuse*>(&unet_) : nullptr;
  const auto output = reusing != nullptr ? reusing->forward_reusing(input, times, context_, added_, *deep_)
                                         : unet_.forward_with(input, times, context_, added_);
  if (!guided_) return {output, {}, 1};
  const auto halves = output.chunk(2);
  return {halves[0], halves[1], scale_};
}

}  // namespace synood
