#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "diffusion/denoise.h"
#include "diffusion/timesteps.h"
#include "engine/convert.h"
#include "synood/error.h"
#include "synood/synthesis.h"
#include "synthesis/boundary.h"
#include "synthesis/placing.h"
#include "synthesis/skip_gradient.h"
#include "synthesis/step_rule.h"
#include "synthesis/synthesis.h"

namespace synood {
namespace {

SynthesisOptions checked(const SynthesisOptions& options) {
  const auto expect = [](bool holds, const std::string& what, double got) {
    if (!holds) throw Error(ErrorCode::config, "Expected " + what + ", got " + std::to_string(got) + ".");
  };
  expect(options.batch_size >= 1, "batch_size of at least 1", static_cast<double>(options.batch_size));
  expect(options.max_iterations >= 1, "max_iterations of at least 1",
         static_cast<double>(options.max_iterations));
  expect(options.temperature > 0, "a temperature above 0", options.temperature);
  expect(std::isfinite(options.boundary), "a finite boundary", options.boundary);
  expect(options.tolerance >= 0, "a tolerance of at least 0", options.tolerance);
  expect(std::isfinite(options.step_size), "a finite step_size", options.step_size);
  return options;
}

// A batch of `count` rows: a field of the active slots, zeros in the others.
template <typename Field>
at::Tensor gather(const std::vector<Slot>& slots, Field field) {
  at::Tensor like;
  for (const auto& slot : slots) {
    if (slot.active()) like = field(slot);
  }
  if (!like.defined()) return {};
  const auto empty = at::zeros_like(like);
  std::vector<at::Tensor> rows;
  for (const auto& slot : slots) rows.push_back(slot.active() ? field(slot) : empty);
  return at::cat(rows);
}

class BoundarySynthesizer final : public Synthesizer {
 public:
  BoundarySynthesizer(Runtime runtime, std::shared_ptr<UnetModel> unet,
                      std::shared_ptr<AutoencoderKlModel> vae, std::shared_ptr<ClipModel> text_encoder,
                      std::shared_ptr<ClassifierModel> classifier, const SynthesisOptions& options)
      : runtime_(runtime),
        options_(checked(options)),
        unet_(std::move(unet)),
        vae_(std::move(vae)),
        text_encoder_(std::move(text_encoder)),
        placing_(runtime, *unet_, *vae_, text_encoder_.get(), options_),
        skip_(runtime, vae_, std::move(classifier), options_),
        step_rule_(parse_step_rule(options_.step_rule)),
        stop_{options_.boundary, options_.tolerance, options_.max_iterations,
              parse_objective(options_.objective) != Objective::reference},
        scheduler_(create_scheduler(options_.scheduler)),
        first_(first_step(options_.steps, options_.strength) * scheduler_->order()),
        slots_(static_cast<size_t>(options_.batch_size)) {
    scheduler_->set_timesteps(options_.steps);
    vae_->set_gradient_checkpointing(options_.gradient_checkpointing);
  }

  void place(int64_t slot, const SynthesisItem& item) override {
    if (at_slot(slot).used) {
      throw Error(ErrorCode::value, "Slot " + std::to_string(slot) + " is taken: take() its image first.");
    }
    const at::NoGradGuard no_grad;
    slots_[slot] = placing_.prepare(item);
  }

  std::vector<SlotReport> iterate(const JobControl& control) override;

  Tensor take(int64_t slot) override {
    auto& place = at_slot(slot);
    if (!place.image.defined()) {
      throw Error(ErrorCode::value,
                  "Slot " + std::to_string(slot) + " holds no image yet: place() and iterate() first.");
    }
    auto image = to_host(place.image);
    place = Slot{};
    return image;
  }

  std::vector<NamedTensor> gradient(const TensorView& latents) override;

 private:
  Slot& at_slot(int64_t slot) {
    if (slot < 0 || slot >= options_.batch_size) {
      throw Error(ErrorCode::value, "Expected a slot from 0 to " + std::to_string(options_.batch_size - 1) +
                                        ", got " + std::to_string(slot) + ".");
    }
    return slots_[slot];
  }

  at::Tensor chain(const JobControl& control);

  Runtime runtime_;
  SynthesisOptions options_;
  std::shared_ptr<UnetModel> unet_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  std::shared_ptr<ClipModel> text_encoder_;
  Placing placing_;
  SkipGradient skip_;
  StepRule step_rule_;
  StopRule stop_;
  std::unique_ptr<Scheduler> scheduler_;
  int64_t first_;
  std::vector<Slot> slots_;
};

// The noised latents are x_t at the first time, as the authors supply them, also at strength 1.
at::Tensor BoundarySynthesizer::chain(const JobControl& control) {
  const at::NoGradGuard no_grad;
  scheduler_->set_timesteps(options_.steps);
  const auto noise = gather(slots_, [](const Slot& s) { return s.noise; });
  const auto picture = gather(slots_, [](const Slot& s) { return s.picture; });
  const auto mask = gather(slots_, [](const Slot& s) { return s.mask; });
  at::Tensor extra;
  if (placing_.masked()) {
    extra = gather(slots_, [&](const Slot& s) {
      return at::cat({s.mask, placing_.masked_latents(s, s.iteration + 1)}, 1);
    });
  }
  const GuidedUnet unet(*unet_, runtime_, options_.guidance_scale,
                        gather(slots_, [](const Slot& s) { return s.prompt; }),
                        gather(slots_, [](const Slot& s) { return s.negative; }), extra);
  const auto start = scheduler_->add_noise(picture, noise, scheduler_->timesteps().at(first_));
  const auto blend = placing_.masked() ? Blend{} : Blend{mask, picture, noise};
  return denoise(*scheduler_, first_, unet, start, blend, control);
}

// Slots change only below the last thing that can throw: an aborted iteration can be run again.
std::vector<SlotReport> BoundarySynthesizer::iterate(const JobControl& control) {
  control.check();
  if (std::none_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.active(); })) return {};
  const auto latents = chain(control);
  // Recorded in a sample's last iteration, too, so that its neighbours' state cannot choose the kernels.
  auto judged = skip_.judge(latents, options_.max_iterations > 1);

  std::vector<SlotReport> reports;
  std::vector<bool> wanted(slots_.size(), false);
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].active()) continue;
    SlotReport report;
    report.slot = static_cast<int64_t>(i);
    report.iteration = slots_[i].iteration + 1;
    report.score = judged.scores[i];
    const auto verdict = stop_.judge(report.score, report.iteration);
    report.finished = verdict.finished;
    report.accepted = verdict.accepted;
    report.reason = verdict.reason;
    wanted[i] = !verdict.finished;
    reports.push_back(report);
  }

  std::vector<at::Tensor> noises(slots_.size());
  if (std::find(wanted.begin(), wanted.end(), true) != wanted.end()) {
    control.check();
    const auto gradient = skip_.gradient(judged, wanted);
    for (auto& report : reports) {
      if (report.finished) continue;
      const auto row = gradient.slice(0, report.slot, report.slot + 1);
      report.gradient_norm = row.to(at::kDouble).square().sum().sqrt().item<double>();
      if (std::isfinite(report.gradient_norm)) {
        noises[report.slot] = updated_noise(step_rule_, options_.step_size, slots_[report.slot].noise, row);
      } else {
        report.finished = true;
        report.reason = kNotFinite;
      }
    }
  }
  std::vector<at::Tensor> images(slots_.size());
  for (const auto& report : reports) images[report.slot] = judged.image[report.slot].clone();

  for (const auto& report : reports) {
    auto& slot = slots_[report.slot];
    slot.iteration = report.iteration;
    slot.finished = report.finished;
    slot.image = std::move(images[report.slot]);
    if (noises[report.slot].defined()) slot.noise = std::move(noises[report.slot]);
  }
  return reports;
}

std::vector<NamedTensor> BoundarySynthesizer::gradient(const TensorView& latents) {
  const auto channels = vae_->spec().latent_channels;
  expect_shape(latents, {-1, channels, -1, -1}, "latents (N, " + std::to_string(channels) + ", h, w)");
  const auto all = to_device(latents, runtime_.device, at::kFloat);
  const auto count = all.size(0), batch = options_.batch_size;
  Tensor scores{{}, {count}}, losses{{}, {count}};
  std::vector<at::Tensor> gradients;
  for (int64_t begin = 0; begin < count; begin += batch) {
    const auto rows = std::min(batch, count - begin);
    auto padded = at::zeros({batch, channels, all.size(2), all.size(3)}, all.options());
    padded.slice(0, 0, rows).copy_(all.slice(0, begin, begin + rows));
    auto judged = skip_.judge(padded, true);
    for (int64_t i = 0; i < rows; ++i) {
      scores.data.push_back(static_cast<float>(judged.scores[i]));
      losses.data.push_back(judged.losses[i].item<float>());
    }
    std::vector<bool> wanted(static_cast<size_t>(batch), false);
    std::fill_n(wanted.begin(), rows, true);
    gradients.push_back(skip_.gradient(judged, wanted).slice(0, 0, rows));
  }
  const auto gradient = gradients.empty() ? at::empty_like(all) : at::cat(gradients);
  return {{"score", std::move(scores)}, {"loss", std::move(losses)}, {"gradient", to_host(gradient)}};
}

}  // namespace

std::shared_ptr<Synthesizer> create_synthesizer(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                                std::shared_ptr<AutoencoderKlModel> vae,
                                                std::shared_ptr<ClipModel> text_encoder,
                                                std::shared_ptr<ClassifierModel> classifier,
                                                const SynthesisOptions& options) {
  if (!unet || !vae || !classifier) {
    throw Error(ErrorCode::value,
                "Expected a denoiser, an autoencoder and a classifier, got none of one of them.");
  }
  return std::make_shared<BoundarySynthesizer>(runtime, std::move(unet), std::move(vae),
                                               std::move(text_encoder), std::move(classifier), options);
}

}  // namespace synood
