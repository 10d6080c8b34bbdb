#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/convert.h"
#include "synood/error.h"
#include "synood/synthesis.h"
#include "synthesis/boundary.h"
#include "synthesis/chain.h"
#include "synthesis/compare.h"
#include "synthesis/judge.h"
#include "synthesis/placing.h"
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
  if (options.step_rule == "line-search" && options.objective == "reference") {
    throw Error(
        ErrorCode::config,
        "Expected another objective for step_rule 'line-search': 'reference' never knows of crossing a "
        "boundary. Use 'authors', or the step rule 'fixed'.");
  }
  return options;
}

class BoundarySynthesizer final : public Synthesizer {
 public:
  BoundarySynthesizer(Runtime runtime, std::shared_ptr<UnetModel> unet,
                      std::shared_ptr<AutoencoderKlModel> vae, std::shared_ptr<ClipModel> text_encoder,
                      std::shared_ptr<ClipModel> text_encoder_2,
                      const std::shared_ptr<ClassifierModel>& classifier, const SynthesisOptions& options)
      : runtime_(runtime),
        options_(checked(options)),
        method_(checked_method({options.gradient, options.gradient_steps, options.chain_factor})),
        unet_(std::move(unet)),
        vae_(std::move(vae)),
        text_encoder_(std::move(text_encoder)),
        text_encoder_2_(std::move(text_encoder_2)),
        placing_(runtime, *unet_, *vae_, text_encoder_.get(), text_encoder_2_.get(), options_),
        judge_(runtime, vae_, image_logits(runtime, classifier, options_), options_),
        step_rule_(parse_step_rule(options_.step_rule)),
        stop_(stop_rule(options_)),
        chain_(runtime, *unet_, placing_, options_),
        factor_(chain_.factor(method_)),
        slots_(static_cast<size_t>(options_.batch_size)) {
    // Borrowed for the call that creates a synthesizer only.
    options_.label_features = {};
  }

  void place(int64_t slot, const SynthesisItem& item) override {
    if (at_slot(slot).used) {
      throw Error(ErrorCode::value, "Slot " + std::to_string(slot) + " is taken: take() its image first.");
    }
    // Not in the constructor: whoever calibrates a boundary scores images without having one.
    judge_.expect_reachable_target();
    const at::NoGradGuard no_grad;
    slots_[slot] = placing_.prepare(item);
    slots_[slot].step = options_.step_size;
  }

  std::vector<SlotReport> iterate(const JobControl& control) override;

  Tensor image(int64_t slot) override {
    const auto& place = at_slot(slot);
    if (!place.image.defined()) {
      throw Error(ErrorCode::value,
                  "Slot " + std::to_string(slot) + " holds no image yet: place() and iterate() first.");
    }
    return to_host(place.image);
  }

  Tensor take(int64_t slot) override {
    auto result = image(slot);
    slots_[slot] = Slot{};
    return result;
  }

  std::vector<NamedTensor> gradient(const TensorView& latents) override;

  Tensor noise(int64_t slot) override {
    const auto& place = at_slot(slot);
    if (!place.used) {
      throw Error(ErrorCode::value, "Slot " + std::to_string(slot) + " is empty: place() an item first.");
    }
    return to_host(place.noise[0]);
  }

  Tensor score(const TensorView& pixels, const JobControl& control) override;

  std::vector<GradientComparison> compare_gradients(const std::vector<GradientMethod>& methods,
                                                    double step_size, const JobControl& control) override {
    use_checkpoints();
    return compare(chain_, judge_, slots_, methods, step_size, control);
  }

 private:
  Slot& at_slot(int64_t slot) {
    if (slot < 0 || slot >= options_.batch_size) {
      throw Error(ErrorCode::value, "Expected a slot from 0 to " + std::to_string(options_.batch_size - 1) +
                                        ", got " + std::to_string(slot) + ".");
    }
    return slots_[slot];
  }

  // Models are shared with other synthesizers and with trainers: each call says anew what it wants.
  void use_checkpoints() {
    vae_->set_gradient_checkpointing(options_.gradient_checkpointing);
    unet_->set_gradient_checkpointing(options_.gradient_checkpointing);
  }

  // Whether the last step went over the boundary and is to be taken back.
  bool overshot(const Slot& slot, double score) const {
    return step_rule_ == StepRule::line_search && slot.origin.defined() &&
           (score - stop_.target) * slot.origin_side < 0;
  }

  void step(Slot& slot, SlotReport& report, const at::Tensor& gradient) const;
  void halve(Slot& slot, SlotReport& report) const;
  at::Tensor moved(const Slot& slot) const {
    auto noise = updated_noise(step_rule_, slot.step, slot.origin, slot.gradient);
    return options_.restandardise ? restandardised(noise) : noise;
  }

  Runtime runtime_;
  SynthesisOptions options_;
  GradientMethod method_;
  std::shared_ptr<UnetModel> unet_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  std::shared_ptr<ClipModel> text_encoder_, text_encoder_2_;
  Placing placing_;
  Judge judge_;
  StepRule step_rule_;
  StopRule stop_;
  Chain chain_;
  double factor_;
  std::vector<Slot> slots_;
};

void BoundarySynthesizer::halve(Slot& slot, SlotReport& report) const {
  slot.step /= 2;
  slot.noise = moved(slot);
  report.step_size = slot.step;
}

void BoundarySynthesizer::step(Slot& slot, SlotReport& report, const at::Tensor& gradient) const {
  report.gradient_norm = gradient.to(at::kDouble).square().sum().sqrt().item<double>();
  if (!std::isfinite(report.gradient_norm) || report.gradient_norm == 0) {
    report.finished = true;
    report.reason = report.gradient_norm == 0 ? kZeroGradient : kNotFinite;
    return;
  }
  slot.origin = slot.noise;
  slot.gradient = gradient;
  slot.origin_side = report.score - stop_.target;
  slot.noise = moved(slot);
  report.step_size = slot.step;
}

// Slots change only below the last thing that can throw: an aborted iteration can be run again.
std::vector<SlotReport> BoundarySynthesizer::iterate(const JobControl& control) {
  control.check();
  if (std::none_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.active(); })) return {};
  use_checkpoints();
  // Recorded in a sample's last iteration, too, so that its neighbours' state cannot choose the kernels.
  const bool record = options_.max_iterations > 1;
  const auto noise = gather(slots_, [](const Slot& s) { return s.noise; });
  auto judged = judge_.judge(chain_.run(slots_, noise, method_, record, control), record);

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
    wanted[i] = !verdict.finished && !overshot(slots_[i], report.score);
    reports.push_back(report);
  }

  at::Tensor gradient;
  if (std::find(wanted.begin(), wanted.end(), true) != wanted.end()) {
    control.check();
    gradient = Judge::gradient(judged, wanted);
    if (factor_ != 1) gradient = gradient * factor_;
  }
  auto after = slots_;
  for (auto& report : reports) {
    auto& slot = after[report.slot];
    if (!report.finished) {
      if (wanted[report.slot]) {
        step(slot, report, gradient.slice(0, report.slot, report.slot + 1).clone());
      } else {
        halve(slot, report);
      }
    }
    slot.iteration = report.iteration;
    slot.finished = report.finished;
    slot.image = judged.image[report.slot].clone();
  }
  slots_ = std::move(after);
  return reports;
}

std::vector<NamedTensor> BoundarySynthesizer::gradient(const TensorView& latents) {
  const auto channels = vae_->spec().latent_channels;
  expect_shape(latents, {-1, channels, -1, -1}, "latents (N, " + std::to_string(channels) + ", h, w)");
  use_checkpoints();
  const auto all = to_device(latents, runtime_.device, at::kFloat);
  const auto count = all.size(0), batch = options_.batch_size;
  Tensor scores{{}, {count}}, losses{{}, {count}};
  std::vector<at::Tensor> gradients;
  for (int64_t begin = 0; begin < count; begin += batch) {
    const auto rows = std::min(batch, count - begin);
    auto padded = at::zeros({batch, channels, all.size(2), all.size(3)}, all.options());
    padded.slice(0, 0, rows).copy_(all.slice(0, begin, begin + rows));
    auto judged = judge_.judge({padded, {}}, true);
    for (int64_t i = 0; i < rows; ++i) {
      scores.data.push_back(static_cast<float>(judged.scores[i]));
      losses.data.push_back(judged.losses[i].item<float>());
    }
    std::vector<bool> wanted(static_cast<size_t>(batch), false);
    std::fill_n(wanted.begin(), rows, true);
    gradients.push_back(Judge::gradient(judged, wanted).slice(0, 0, rows));
  }
  const auto gradient = gradients.empty() ? at::empty_like(all) : at::cat(gradients);
  return {{"score", std::move(scores)}, {"loss", std::move(losses)}, {"gradient", to_host(gradient)}};
}

Tensor BoundarySynthesizer::score(const TensorView& pixels, const JobControl& control) {
  expect_shape(pixels, {-1, 3, -1, -1}, "pixels (N, 3, H, W)");
  const at::NoGradGuard no_grad;
  const auto all = to_device(pixels, runtime_.device, at::kFloat);
  const auto count = all.size(0), batch = options_.batch_size;
  Tensor out{{}, {count}};
  for (int64_t begin = 0; begin < count; begin += batch) {
    control.check();
    const auto rows = std::min(batch, count - begin);
    auto padded = at::zeros({batch, 3, all.size(2), all.size(3)}, all.options());
    padded.slice(0, 0, rows).copy_(all.slice(0, begin, begin + rows));
    const auto scores = judge_.scores(padded);
    for (int64_t i = 0; i < rows; ++i) out.data.push_back(static_cast<float>(scores[i]));
  }
  return out;
}

}  // namespace

std::shared_ptr<Synthesizer> create_synthesizer(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                                std::shared_ptr<AutoencoderKlModel> vae,
                                                std::shared_ptr<ClipModel> text_encoder,
                                                std::shared_ptr<ClassifierModel> classifier,
                                                const SynthesisOptions& options,
                                                std::shared_ptr<ClipModel> text_encoder_2) {
  if (!unet || !vae) {
    throw Error(ErrorCode::value, "Expected a denoiser and an autoencoder, got none of one of them.");
  }
  return std::make_shared<BoundarySynthesizer>(runtime, std::move(unet), std::move(vae),
                                               std::move(text_encoder), std::move(text_encoder_2), classifier,
                                               options);
}

}  // namespace synood
