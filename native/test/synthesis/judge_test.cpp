#include "synthesis/judge.h"

#include <gtest/gtest.h>

#include "synthesis/step_rule.h"
#include "test/synthesis/session.h"

namespace synood {
namespace {

Judge make(const SynthesisOptions& options) {
  return {{},
          std::make_shared<fakes::FakeVae>(),
          image_logits({}, std::make_shared<fakes::FakeClassifier>(), options),
          options};
}

TEST(Judge, AgreesWithFiniteDifferencesForEveryObjective) {
  const auto z = fakes::weight({2, 4, 8, 8}, 1, 0.2).detach();
  const auto direction = fakes::weight({2, 4, 8, 8}, 2, 1).detach();
  for (const char* objective : {"energy", "msp", "max_logit", "authors", "reference"}) {
    auto options = fakes::options();
    options.objective = objective;
    options.latent_gradient = "scaled";
    options.boundary = objective == std::string("msp") ? 0.9 : 20;
    const auto skip = make(options);
    auto judged = skip.judge({z, {}}, true);
    const auto slope = (Judge::gradient(judged, {true, true}) * direction).sum({1, 2, 3});
    const double h = 2e-3;
    const auto ahead = skip.judge({z + direction * h, {}}, false),
               behind = skip.judge({z - direction * h, {}}, false);
    for (int64_t i = 0; i < 2; ++i) {
      const double expected = (ahead.losses[i].item<double>() - behind.losses[i].item<double>()) / (2 * h);
      EXPECT_NEAR(slope[i].item<double>(), expected, 2e-2 * std::abs(expected) + 1e-4) << objective;
    }
  }
}

TEST(Judge, TheTwoScalingsDifferByTheChainRule) {
  const auto z = fakes::weight({2, 4, 8, 8}, 1, 0.2).detach();
  auto options = fakes::options();
  const auto plain = make(options);
  options.latent_gradient = "scaled";
  const auto scaled = make(options);
  auto a = plain.judge({z, {}}, true), b = scaled.judge({z, {}}, true);
  EXPECT_TRUE(at::allclose(Judge::gradient(a, {true, true}) / 0.18215, Judge::gradient(b, {true, true})));
}

TEST(Judge, OnlyWantedSamplesGetOneAndItDoesNotDependOnTheOthers) {
  const auto z = fakes::weight({3, 4, 8, 8}, 1, 0.2).detach();
  const auto skip = make(fakes::options());
  auto all = skip.judge({z, {}}, true), one = skip.judge({z, {}}, true);
  const auto every = Judge::gradient(all, {true, true, true}),
             second = Judge::gradient(one, {false, true, false});
  EXPECT_TRUE(every[1].equal(second[1]));
  EXPECT_EQ(second[0].abs().max().item<float>(), 0);
  EXPECT_FALSE(one.leaf.defined());
}

// Where the decoder saturates there is no gradient through the clamp, and there is one past it.
TEST(Judge, SaturatedPixelsHaveAGradientWhenToldSo) {
  const auto vae = std::make_shared<fakes::FakeVae>();
  vae->gain = 50;
  const auto z = fakes::weight({2, 4, 8, 8}, 1, 0.2).detach();
  double norms[2];
  at::Tensor images[2];
  for (const bool through : {false, true}) {
    auto options = fakes::options();
    options.saturation = through ? "straight-through" : "clamp";
    const Judge judge{{}, vae, image_logits({}, std::make_shared<fakes::FakeClassifier>(), options), options};
    auto judged = judge.judge({z, {}}, true);
    images[through] = judged.image;
    norms[through] = Judge::gradient(judged, {true, true}).norm().item<double>();
  }
  EXPECT_TRUE(images[0].equal(images[1]));
  EXPECT_GT(norms[1], 2 * norms[0]);
}

TEST(StepRule, NormalisedStepsHaveTheAskedRms) {
  const auto noise = fakes::weight({1, 4, 8, 8}, 3, 1).detach();
  const auto gradient = fakes::weight({1, 4, 8, 8}, 4, 1e-7).detach();
  const auto change = updated_noise(StepRule::normalised, 0.25, noise, gradient) - noise;
  EXPECT_NEAR(change.square().mean().sqrt().item<double>(), 0.25, 1e-5);
  EXPECT_LT((change * gradient).sum().item<double>(), 0);
  EXPECT_TRUE(updated_noise(StepRule::normalised, 0.25, noise, at::zeros_like(noise)).equal(noise));
  EXPECT_TRUE(at::allclose(updated_noise(StepRule::fixed, 10, noise, gradient), noise - 10 * gradient));
}

}  // namespace
}  // namespace synood
