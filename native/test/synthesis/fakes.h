#pragma once

#include <ATen/ATen.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "engine/random.h"
#include "models/models.h"

// Small smooth networks in place of real ones, where a test is about the search and not about the models.
// Their parameters ask for gradients, so that a search that lets them have any is found out.
namespace synood::fakes {

inline at::Tensor weight(at::IntArrayRef shape, uint64_t seed, double scale) {
  return (SampleRandom(seed).normal(shape) * scale).requires_grad_(true);
}

template <typename Base>
class Fake : public Base {
 public:
  int64_t bytes() const override { return 0; }
  std::vector<NamedTensor> state() const override { return {}; }
  ParameterStore& store() override { throw std::logic_error("a fake has no parameters"); }
  Runtime runtime() const override { return {}; }
};

class FakeUnet final : public Fake<UnetModel> {
 public:
  explicit FakeUnet(int64_t in_channels = 9) : mix(weight({4, in_channels, 3, 3}, 11, 0.15)) {
    spec_.in_channels = in_channels;
    spec_.cross_attention_dim = 8;
  }
  const UnetSpec& spec() const override { return spec_; }
  Tensor predict(const TensorView&, const TensorView&, const TensorView&) override { return {}; }
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) override {
    ++calls;
    last_input = sample;
    const auto bias = context.mean(at::IntArrayRef{1, 2}) + timesteps / 1000;
    return (at::conv2d(sample, mix.to(sample.scalar_type()), {}, 1, 1) + bias.view({-1, 1, 1, 1})).tanh();
  }
  at::Tensor mix, last_input;
  int64_t calls = 0;

 private:
  UnetSpec spec_;
};

class FakeVae final : public Fake<AutoencoderKlModel> {
 public:
  FakeVae() : in(weight({8, 3, 3, 3}, 21, 0.3)), out(weight({3, 4, 3, 3}, 22, 0.05)) {
    spec_.block_out_channels = {8, 16};
  }
  const AutoencoderKlSpec& spec() const override { return spec_; }
  Tensor encode(const TensorView&, int64_t, const JobControl&) override { return {}; }
  Tensor decode(const TensorView&, int64_t, const JobControl&) override { return {}; }
  at::Tensor moments(const at::Tensor& pixels) override {
    ++encodes;
    return at::conv2d(at::avg_pool2d(pixels, 2), in, {}, 1, 1);
  }
  at::Tensor decode_latents(const at::Tensor& latents) override {
    return at::conv2d(
               at::upsample_nearest2d(latents, at::IntArrayRef{latents.size(2) * 2, latents.size(3) * 2}),
               out.to(latents.scalar_type()), {}, 1, 1)
               .tanh() *
           gain;
  }
  int64_t scale_factor() const override { return 2; }
  void set_gradient_checkpointing(bool) override {}
  at::Tensor in, out;
  double gain = 1;  // above 1 it saturates
  int64_t encodes = 0;

 private:
  AutoencoderKlSpec spec_;
};

class FakeClip final : public Fake<ClipModel> {
 public:
  FakeClip() : table(weight({50, 8}, 31, 1)) {}
  const ClipSpec& spec() const override { return spec_; }
  Tensor encode_images(const TensorView&, int64_t, bool, const JobControl&) override { return {}; }
  Tensor encode_text(const TensorView&, int64_t, bool, const JobControl&) override { return {}; }
  Tensor text_hidden_states(const TensorView&) override { return {}; }
  double logit_scale() const override { return 1; }
  at::Tensor image_features(const at::Tensor& pixels) override { return pixels; }
  at::Tensor text_features(const at::Tensor& ids) override { return ids; }
  at::Tensor hidden_states(const at::Tensor& ids) override {
    ++prompts;
    return at::embedding(table, ids);
  }
  at::Tensor logit_scale_parameter() override { return {}; }
  at::Tensor table;
  int64_t prompts = 0;

 private:
  ClipSpec spec_;
};

class FakeClassifier final : public Fake<ClassifierModel> {
 public:
  FakeClassifier() : conv(weight({6, 3, 3, 3}, 41, 0.4)), head(weight({7, 6}, 42, 4)) {}
  int64_t num_channels() const override { return 3; }
  int64_t num_labels() const override { return head.size(0); }
  Tensor logits(const TensorView&, int64_t, const JobControl&) override { return {}; }
  Tensor score_logits(const TensorView&, const PixelTransformSpec&, int64_t, const JobControl&) override {
    return {};
  }
  Tensor features(const TensorView&, int64_t, const JobControl&) override { return {}; }
  at::Tensor forward(const at::Tensor& pixels, bool) override {
    const auto logits = at::linear(pooled(pixels), head.to(pixels.scalar_type()));
    const auto flat = (pixels.detach().mean(at::IntArrayRef{1, 2, 3}) > flat_above).unsqueeze(1);
    return at::where(flat, logits.detach(), logits);
  }
  at::Tensor pooled(const at::Tensor& pixels) override {
    return at::conv2d(pixels, conv.to(pixels.scalar_type()), {}, 2).tanh().mean(at::IntArrayRef{2, 3});
  }
  at::Tensor conv, head;
  double flat_above =
      std::numeric_limits<double>::infinity();  // an image's mean, for logits with no gradient
};

}  // namespace synood::fakes
