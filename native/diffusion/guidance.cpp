#include "diffusion/guidance.h"

#include <ATen/Parallel.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/parallel.h"
#include "nn/timestep_embedding.h"
#include "synood/error.h"

namespace synood {
namespace {

// Of a sample's first feature maps, numbers: with more than these an operation is long enough to be shared.
constexpr int64_t kSmall = 1 << 17;

bool remembers(const TextMemory& memory, const at::Tensor& prompt, const at::Tensor& negative,
               uint64_t stamp) {
  return memory.prompt.is_same(prompt) && memory.negative.is_same(negative) && memory.weights_stamp == stamp;
}

std::shared_ptr<TextMemory> new_memory(const at::Tensor& prompt, const at::Tensor& negative, uint64_t stamp) {
  auto memory = std::make_shared<TextMemory>();
  memory->prompt = prompt;
  memory->negative = negative;
  memory->weights_stamp = stamp;
  for (int part = 0; part <= at::get_num_threads(); ++part) {
    memory->keys.push_back(std::make_shared<TextKeys>());
  }
  return memory;
}

at::Tensor rows(const at::Tensor& x, int64_t first, int64_t count) {
  return x.defined() ? x.narrow(0, first, count) : x;
}

}  // namespace

bool guides(const UnetSpec& unet, double guidance_scale) {
  return guidance_scale > 1 && unet.time_cond_proj_dim == 0;
}

GuidedUnet::GuidedUnet(UnetModel& unet, Runtime runtime, double guidance_scale, const at::Tensor& prompt,
                       const at::Tensor& negative, const at::Tensor& extra, UnetAdded added,
                       std::shared_ptr<TextMemory> memory)
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
  if (const auto stamp = unet.weights_stamp()) {
    const bool known = memory && remembers(*memory, prompt, negative, *stamp);
    memory_ = known ? std::move(memory) : new_memory(prompt, negative, *stamp);
    added_.text_keys = memory_->keys[0];
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
  if (side_by_side(latents)) return halves(in_parts(input(latents), timestep));
  auto* reusing = deep_ && !at::GradMode::is_enabled() ? dynamic_cast<DeepFeatureReuse*>(&unet_) : nullptr;
  if (reusing == nullptr) return halves(whole(input(latents), timestep));
  const auto all = input(latents);
  return halves(reusing->forward_reusing(all, times(all.size(0), timestep), context_, added_, *deep_));
}

bool GuidedUnet::side_by_side(const at::Tensor& latents) const {
  const int64_t threads = at::get_num_threads();
  return memory_ && !deep_ && threads > 1 && context_.size(0) % threads == 0 && runtime_.device.is_cpu() &&
         runtime_.dtype == at::kFloat && !at::GradMode::is_enabled() &&
         memory_->keys.size() == static_cast<size_t>(threads) + 1 &&
         latents.size(2) * latents.size(3) * unet_.spec().block_out_channels.front() <= kSmall;
}

at::Tensor GuidedUnet::input(const at::Tensor& latents) const {
  const auto all = (guided_ ? at::cat({latents, latents}) : latents).to(runtime_.dtype);
  return extra_.defined() ? at::cat({all, extra_}, 1) : all;
}

at::Tensor GuidedUnet::times(int64_t count, double timestep) const {
  return at::full({count}, timestep, at::TensorOptions().device(runtime_.device).dtype(at::kFloat));
}

at::Tensor GuidedUnet::whole(const at::Tensor& input, double timestep) const {
  return unet_.forward_with(input, times(input.size(0), timestep), context_, added_);
}

at::Tensor GuidedUnet::in_parts(const at::Tensor& input, double timestep) const {
  const int64_t threads = at::get_num_threads(), count = input.size(0) / threads;
  std::vector<at::Tensor> parts(static_cast<size_t>(threads));
  // What oneDNN and MKL add up in which order goes by the number of threads, also within a part. LibTorch
  // gives a thread that number when it first meets it: another engine's, or in a process that never set one
  // what MKL tells there, which is 1. All have their caller's before any of them computes, since MKL's is
  // everybody's.
  const auto own_number = [threads] {
    if (at::get_num_threads() != threads) at::set_num_threads(static_cast<int>(threads));
  };
  parallel_for(0, threads, 1, [&](int64_t, int64_t) { own_number(); });
  parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
    const at::NoGradGuard no_grad;
    own_number();
    for (auto part = begin; part < end; ++part) {
      const auto of_part = [&](const at::Tensor& x) { return rows(x, part * count, count); };
      const UnetAdded added{of_part(added_.text_embeds), of_part(added_.time_ids),
                            of_part(added_.timestep_cond), memory_->keys[part + 1]};
      parts[part] = unet_.forward_with(of_part(input), times(count, timestep), of_part(context_), added);
    }
  });
  return at::cat(parts);
}

GuidedOutput GuidedUnet::halves(const at::Tensor& output) const {
  if (!guided_) return {output, {}, 1};
  const auto both = output.chunk(2);
  return {both[0], both[1], scale_};
}

}  // namespace synood
