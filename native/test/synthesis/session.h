#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/convert.h"
#include "synood/synthesis.h"
#include "synthesis/synthesis.h"
#include "test/synthesis/fakes.h"

namespace synood::fakes {

constexpr int64_t kSize = 16, kTokens = 5;

// An item that owns its numbers: picture and prompt follow from `number`.
struct OwnedItem {
  explicit OwnedItem(int64_t number, bool whole_mask = true)
      : image(weight({3, kSize, kSize}, 100 + number, 0.5).detach()),
        mask(at::ones({1, kSize, kSize})),
        ids(at::full({kTokens}, number % 50, at::kLong)),
        negative_ids(at::zeros({kTokens}, at::kLong)) {
    if (!whole_mask) mask.slice(2, 0, kSize / 2).zero_();
    item.id = "item-" + std::to_string(number);
    item.seed = 1000 + number;
    item.image = view(image, ElementType::f32);
    item.mask = view(mask, ElementType::f32);
    item.ids = view(ids, ElementType::i64);
    item.negative_ids = view(negative_ids, ElementType::i64);
  }

  // Draws of its own in place of the seed's, for whoever needs to know them.
  void give_draws() {
    image_noise = weight({1, 4, kSize / 2, kSize / 2}, 51, 1).detach();
    masked_noise = weight({1, 4, kSize / 2, kSize / 2}, 52, 1).detach();
    item.image_noise = view(image_noise[0], ElementType::f32);
    item.masked_image_noise = view(masked_noise, ElementType::f32);
  }

  static TensorView view(const at::Tensor& tensor, ElementType type) {
    return {tensor.const_data_ptr(), type, tensor.sizes().vec()};
  }

  at::Tensor image, mask, ids, negative_ids, image_noise, masked_noise;
  SynthesisItem item;
};

// Far from any score of the fakes, so that nothing stops early.
inline SynthesisOptions options() {
  SynthesisOptions out;
  out.batch_size = 3;
  out.height = out.width = kSize;
  out.steps = 5;
  out.guidance_scale = 3;
  out.boundary = -100;
  out.max_iterations = 4;
  out.step_size = 0.3;
  out.transform.mean = out.transform.std = {0.5, 0.5, 0.5};
  return out;
}

struct Session {
  explicit Session(const SynthesisOptions& options, int64_t channels = 9)
      : unet(std::make_shared<FakeUnet>(channels)),
        synthesizer(create_synthesizer({}, unet, vae, clip, classifier, options)) {}

  Synthesizer& operator*() { return *synthesizer; }
  Synthesizer* operator->() { return synthesizer.get(); }

  std::shared_ptr<FakeUnet> unet;
  std::shared_ptr<FakeVae> vae = std::make_shared<FakeVae>();
  std::shared_ptr<FakeClip> clip = std::make_shared<FakeClip>();
  std::shared_ptr<FakeClassifier> classifier = std::make_shared<FakeClassifier>();
  std::shared_ptr<Synthesizer> synthesizer;
};

// What became of one sample: every report's numbers, then the pixels.
using Trace = std::vector<double>;

// Iterates until `slot` has finished and takes it.
inline Trace finish(Synthesizer& synthesizer, int64_t slot, const JobControl& control = {}) {
  Trace trace;
  for (bool finished = false; !finished;) {
    for (const auto& report : synthesizer.iterate(control)) {
      if (report.slot != slot) continue;
      trace.insert(trace.end(), {static_cast<double>(report.iteration), report.score, report.gradient_norm});
      finished = report.finished;
    }
  }
  for (const auto value : synthesizer.take(slot).data) trace.push_back(value);
  return trace;
}

}  // namespace synood::fakes
