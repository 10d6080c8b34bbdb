#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "models/models.h"
#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

constexpr int64_t kLength = 3, kDepth = 5, kVocabulary = 50, kSamples = 20, kEmpty = 49;

// Keeps what it was asked and answers with a multiple of the sample's first channels.
class RecordingUnet : public UnetModel {
 public:
  explicit RecordingUnet(int64_t channels) : store_({}, {}) {
    spec_.in_channels = channels;
    spec_.out_channels = 4;
    spec_.cross_attention_dim = kDepth;
    scale_ = store_.root().take("scale", {1}, Init::ones());
  }
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) override {
    samples.push_back(sample.clone());
    times.push_back(timesteps.clone());
    contexts.push_back(context.clone());
    return scale_ * sample.slice(1, 0, 4);
  }
  const UnetSpec& spec() const override { return spec_; }
  Tensor predict(const TensorView&, const TensorView&, const TensorView&) override { return {}; }
  int64_t bytes() const override { return store_.bytes(); }
  std::vector<NamedTensor> state() const override { return store_.state(); }
  ParameterStore& store() override { return store_; }
  Runtime runtime() const override { return {}; }

  std::vector<at::Tensor> samples, times, contexts;

 private:
  UnetSpec spec_;
  ParameterStore store_;
  at::Tensor scale_;
};

// Each token's hidden state is the token.
class EchoTextEncoder : public ClipModel {
 public:
  EchoTextEncoder() : store_({}, {}) {
    spec_.text = ClipTextSpec{};
    spec_.text->vocab_size = kVocabulary;
    one_ = store_.root().take("one", {1}, Init::ones()).set_requires_grad(true);
  }
  at::Tensor hidden_states(const at::Tensor& ids) override {
    return one_ * ids.to(at::kFloat).unsqueeze(-1).expand({-1, -1, kDepth});
  }
  at::Tensor image_features(const at::Tensor&) override { return {}; }
  at::Tensor text_features(const at::Tensor&) override { return {}; }
  at::Tensor logit_scale_parameter() override { return {}; }
  const ClipSpec& spec() const override { return spec_; }
  Tensor encode_images(const TensorView&, int64_t, bool, const JobControl&) override { return {}; }
  Tensor encode_text(const TensorView&, int64_t, bool, const JobControl&) override { return {}; }
  Tensor text_hidden_states(const TensorView&) override { return {}; }
  double logit_scale() const override { return 1; }
  int64_t bytes() const override { return 0; }
  std::vector<NamedTensor> state() const override { return {}; }
  ParameterStore& store() override { return store_; }
  Runtime runtime() const override { return {}; }

 private:
  ClipSpec spec_;
  ParameterStore store_;
  at::Tensor one_;
};

TrainerOptions still(double unconditional_share) {
  TrainerOptions options;
  options.seed = 3;
  options.optimizer.learning_rate = 0;
  options.unconditional_share = unconditional_share;
  options.empty_ids.assign(kLength, kEmpty);
  return options;
}

class DenoiserTest : public testing::Test {
 protected:
  std::shared_ptr<RecordingUnet> unet = std::make_shared<RecordingUnet>(9);
  std::shared_ptr<EchoTextEncoder> text = std::make_shared<EchoTextEncoder>();
  at::Tensor latents = seeded_normal({kSamples, 4, 2, 2}, 1);
  at::Tensor mask = seeded_integers(2, {kSamples, 1, 2, 2}, 2).to(at::kByte);
  at::Tensor masked = seeded_normal({kSamples, 4, 2, 2}, 3);
  at::Tensor ids = seeded_integers(kEmpty, {kSamples, kLength}, 4);
  at::Tensor order = seeded_integers(kSamples, {40, 16}, 5);
  Data data = Data().add("latents", latents).add("mask", mask).add("masked_latents", masked).add("ids", ids);
};

TEST_F(DenoiserTest, NoiseTimestepsAndEmptyPromptsHaveTheirDistributions) {
  const auto trainer = create_denoiser_trainer(unet, text, still(0.25));
  run(*trainer, data, order);
  const auto times = at::cat(unet->times);
  EXPECT_EQ(times.scalar_type(), at::kLong);
  EXPECT_GE(times.min().item<int64_t>(), 0);
  EXPECT_LT(times.max().item<int64_t>(), 1000);
  EXPECT_NEAR(times.to(at::kFloat).mean().item<double>(), 500, 40);  // of 640 draws
  const auto empty = (at::cat(unet->contexts) == kEmpty).all(2).all(1).to(at::kFloat);
  EXPECT_NEAR(empty.mean().item<double>(), 0.25, 0.06);
  for (size_t step = 0; step < 40; ++step) {
    const auto rows = order[static_cast<int64_t>(step)];
    const auto kept = (unet->contexts[step].select(2, 0) == ids.index_select(0, rows)).all(1);
    const auto dropped = (unet->contexts[step].select(2, 0) == kEmpty).all(1);
    EXPECT_TRUE((kept ^ dropped).all().item<bool>());
    EXPECT_FALSE(unet->contexts[step].requires_grad());
    EXPECT_TRUE(at::equal(unet->samples[step].slice(1, 4, 5), mask.index_select(0, rows).to(at::kFloat)));
    EXPECT_TRUE(at::equal(unet->samples[step].slice(1, 5), masked.index_select(0, rows)));
  }
}

TEST_F(DenoiserTest, DrawsDependOnSeedStepAndPlaceAlone) {
  const auto whole = create_denoiser_trainer(unet, text, still(0.5));
  run(*whole, data, order);
  const auto other_unet = std::make_shared<RecordingUnet>(9);
  const auto resumed = create_denoiser_trainer(other_unet, text, still(0.5));
  resumed->load_state(views_of(resumed->state()), 30);
  run(*resumed, data, order.slice(0, 30));
  for (size_t step = 0; step < 10; ++step) {
    EXPECT_TRUE(at::equal(unet->samples[30 + step], other_unet->samples[step]));
    EXPECT_TRUE(at::equal(unet->times[30 + step], other_unet->times[step]));
    EXPECT_TRUE(at::equal(unet->contexts[30 + step], other_unet->contexts[step]));
  }
  EXPECT_FALSE(at::equal(unet->times[0], unet->times[1]));
}

TEST_F(DenoiserTest, TheTargetIsTheOneOfThePredictionType) {
  const auto noise = seeded_normal({1, 16, 4, 2, 2}, 6);
  const auto times = seeded_integers(1000, {1, 16}, 7);
  auto given = data;
  given.add("noise", noise).add("timesteps", times);
  for (const std::string kind : {"epsilon", "v_prediction", "sample"}) {
    auto options = still(0);
    options.scheduler.prediction_type = kind;
    const auto loss = run(*create_denoiser_trainer(unet, text, options), given, order.slice(0, 0, 1))[0];
    double expected = 0;
    for (int64_t place = 0; place < 16; ++place) {
      // scaled_linear: sqrt(beta) runs linearly from sqrt(0.00085) to sqrt(0.012)
      double kept = 1;
      for (int64_t t = 0; t <= times[0][place].item<int64_t>(); ++t) {
        const double root = std::sqrt(0.00085) + (std::sqrt(0.012) - std::sqrt(0.00085)) * t / 999.0;
        kept *= 1 - root * root;
      }
      const auto x = latents[order[0][place].item<int64_t>()], e = noise[0][place];
      const double a = std::sqrt(kept), s = std::sqrt(1 - kept);
      const auto target = kind == "epsilon" ? e : kind == "sample" ? x : a * e - s * x;
      expected += (a * x + s * e - target).square().mean().item<double>() / 16;
    }
    EXPECT_NEAR(loss, expected, 1e-4) << kind;
  }
}

TEST_F(DenoiserTest, MinSnrWeighsTheErrorOfTheSampleAlike) {
  auto given = data;
  given.add("noise", seeded_normal({1, 16, 4, 2, 2}, 6));
  for (const int64_t time : {20, 150, 400, 900}) {
    double kept = 1;
    for (int64_t t = 0; t <= time; ++t) {
      const double root = std::sqrt(0.00085) + (std::sqrt(0.012) - std::sqrt(0.00085)) * t / 999.0;
      kept *= 1 - root * root;
    }
    const double snr = kept / (1 - kept), capped = std::min(snr, 5.0);
    auto timed = given;
    timed.add("timesteps", at::full({1, 16}, time, at::kLong));
    for (const auto& [kind, weight] : std::map<std::string, double>{
             {"epsilon", capped / snr}, {"v_prediction", capped / (snr + 1)}, {"sample", capped}}) {
      auto options = still(0);
      options.scheduler.prediction_type = kind;
      const auto first = order.slice(0, 0, 1);
      const auto plain = run(*create_denoiser_trainer(unet, text, options), timed, first)[0];
      options.snr_gamma = 5;
      const auto weighed = run(*create_denoiser_trainer(unet, text, options), timed, first)[0];
      EXPECT_NEAR(weighed, weight * plain, 1e-4 * (1 + weight * plain)) << kind << " at " << time;
    }
  }
}

TEST_F(DenoiserTest, AskForWhatIsMissing) {
  const auto code = [&](auto&& call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error_code_name(error.code()));
    }
    return std::string("none");
  };
  auto no_empty = still(0.1);
  no_empty.empty_ids.clear();
  EXPECT_EQ(code([&] { create_denoiser_trainer(unet, text, no_empty); }), "ERR_VALUE");
  EXPECT_EQ(code([&] { create_denoiser_trainer(unet, nullptr, still(0.1)); }), "ERR_VALUE");
  auto negative = still(0);
  negative.snr_gamma = -1;
  EXPECT_EQ(code([&] { create_denoiser_trainer(unet, text, negative); }), "ERR_VALUE");
  const auto trainer = create_denoiser_trainer(unet, text, still(0));
  const auto bare = Data().add("latents", latents).add("mask", mask).add("masked_latents", masked);
  EXPECT_EQ(code([&] { run(*trainer, bare, order); }), "ERR_VALUE");
  const auto without_mask = Data().add("latents", latents).add("ids", ids);
  EXPECT_EQ(code([&] { run(*trainer, without_mask, order); }), "ERR_VALUE");
  const auto wide = Data()
                        .add("latents", latents)
                        .add("ids", ids)
                        .add("mask", mask)
                        .add("masked_latents", masked.slice(3, 1));
  EXPECT_EQ(code([&] { run(*trainer, wide, order); }), "ERR_SHAPE");
}

}  // namespace
}  // namespace synood
