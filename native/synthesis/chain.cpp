#include "synthesis/chain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "diffusion/denoise.h"
#include "diffusion/timesteps.h"
#include "engine/random.h"
#include "synood/error.h"

namespace synood {
namespace {

int64_t recorded_calls(const GradientMethod& method, int64_t calls) {
  if (method.gradient == "skip") return 0;
  return method.gradient == "exact" ? calls : std::min(method.gradient_steps, calls);
}

}  // namespace

const GradientMethod& checked_method(const GradientMethod& method) {
  const auto& name = method.gradient;
  if (name != "skip" && name != "truncated" && name != "exact") {
    throw Error(ErrorCode::config, "Expected gradient 'skip', 'truncated' or 'exact', got '" + name + "'.");
  }
  if (name == "truncated" && method.gradient_steps < 1) {
    throw Error(ErrorCode::config, "Expected gradient_steps of at least 1 for a truncated gradient, got " +
                                       std::to_string(method.gradient_steps) + ".");
  }
  return method;
}

Chain::Chain(Runtime runtime, UnetModel& unet, const Placing& placing, const SynthesisOptions& options)
    : runtime_(runtime),
      unet_(unet),
      placing_(placing),
      options_(options),
      scheduler_(
          create_scheduler(options.scheduler, 0, [this](at::IntArrayRef shape) { return draw(shape); })),
      first_(first_step(options.steps, options.strength) * scheduler_->order()) {
  scheduler_->set_timesteps(options.steps);
  calls_ = static_cast<int64_t>(scheduler_->timesteps().size()) - first_;
}

// The noised latents are x_t at the first time, as the authors supply them, also at strength 1.
Denoised Chain::run(const std::vector<Slot>& slots, const at::Tensor& noise, const GradientMethod& method,
                    bool record, const JobControl& control) {
  const at::NoGradGuard no_grad;
  scheduler_->set_timesteps(options_.steps);
  slots_ = &slots;
  draws_ = 0;
  const auto picture = gather(slots, [](const Slot& s) { return s.picture; });
  const auto mask = gather(slots, [](const Slot& s) { return s.mask; });
  at::Tensor extra;
  if (placing_.masked()) {
    extra = gather(slots, [&](const Slot& s) {
      return at::cat({s.mask, placing_.masked_latents(s, s.iteration + 1)}, 1);
    });
  }
  gather_texts(slots);
  const GuidedUnet unet(unet_, runtime_, options_.guidance_scale, prompt_, negative_, extra, added(slots),
                        memory_);
  memory_ = unet.memory();

  const bool exact = record && method.gradient == "exact";
  auto leaf = exact ? noise.detach().requires_grad_(true) : at::Tensor();
  at::Tensor start;
  {
    const at::AutoGradMode mode(exact);
    start = scheduler_->add_noise_at(picture, exact ? leaf : noise, first_);
  }
  // The noise outside the mask is the same one: an exact gradient goes through it, too.
  const auto blend = placing_.masked() ? Blend{} : Blend{mask, picture, exact ? leaf : noise};
  const Recording recording{record ? recorded_calls(method, calls_) : 0, options_.gradient_checkpointing};
  at::Tensor cut;
  const auto latents = denoise(*scheduler_, first_, unet, start, blend, control, {}, recording, &cut);
  return {latents, exact ? leaf : cut};
}

void Chain::gather_texts(const std::vector<Slot>& slots) {
  std::vector<at::Tensor> texts;
  for (const auto& slot : slots) {
    texts.push_back(slot.active() ? slot.prompt.states : at::Tensor());
    texts.push_back(slot.active() ? slot.negative.states : at::Tensor());
  }
  const auto same = [](const at::Tensor& a, const at::Tensor& b) { return a.is_same(b); };
  if (std::equal(texts.begin(), texts.end(), texts_.begin(), texts_.end(), same)) return;
  texts_ = std::move(texts);
  prompt_ = gather(slots, [](const Slot& s) { return s.prompt.states; });
  negative_ = gather(slots, [](const Slot& s) { return s.negative.states; });
}

UnetAdded Chain::added(const std::vector<Slot>& slots) const {
  if (unet_.spec().addition_embed_type.empty()) return {};
  const auto prompt = gather(slots, [](const Slot& s) { return s.prompt.pooled; });
  const auto sizes = placing_.sizes().repeat({prompt.size(0), 1});
  if (!guides(unet_.spec(), options_.guidance_scale)) return {prompt, sizes, {}};
  const auto negative = gather(slots, [](const Slot& s) { return s.negative.pooled; });
  return {at::cat({negative, prompt}), at::cat({sizes, sizes}), {}};
}

double Chain::factor(const GradientMethod& method) const {
  if (!method.chain_factor || method.gradient == "exact") return 1;
  // The scheduler is linear in (sample, output): with outputs of zero what is left of 1 is the product of its
  // coefficients, also where it replays an earlier sample.
  auto spec = options_.scheduler;
  spec.clip_sample = false;
  const auto scheduler =
      create_scheduler(spec, 0, [](at::IntArrayRef shape) { return at::zeros(shape, at::kDouble); });
  scheduler->set_timesteps(options_.steps);
  const auto zero = at::zeros({1, 1, 1, 1}, at::kDouble);
  auto x = scheduler->add_noise_at(zero, at::ones_like(zero), first_);
  const auto left_out = calls_ - recorded_calls(method, calls_);
  for (int64_t i = first_; i < first_ + left_out; ++i) x = scheduler->step(zero, i, x);
  return x.item<double>();
}

// From (seed, iteration, draw) alone, for the same reason as the masked image's posterior.
at::Tensor Chain::draw(at::IntArrayRef shape) {
  auto one = shape.vec();
  one[0] = 1;
  const auto number = ++draws_ << 32;
  std::vector<at::Tensor> rows;
  for (const auto& slot : *slots_) {
    if (!slot.active()) {
      rows.push_back(at::zeros(one));
      continue;
    }
    const auto iteration = derive_seed(slot.seed, static_cast<uint64_t>(slot.iteration + 1));
    rows.push_back(SampleRandom(derive_seed(iteration, number)).normal(one));
  }
  return at::cat(rows).to(runtime_.device);
}

}  // namespace synood
