#include "diffusion/scheduler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "diffusion/noise_schedule.h"
#include "diffusion/timesteps.h"
#include "engine/random.h"
#include "synood/error.h"

namespace synood {
namespace {

SchedulerSpec spec_of(const std::string& kind) {
  SchedulerSpec spec;
  spec.kind = kind;
  return spec;
}

at::Tensor draw(uint64_t seed) { return SampleRandom(seed).normal({2, 4, 3, 5}); }

TEST(NoiseSchedule, ProductsOfOneMinusBeta) {
  SchedulerSpec spec;
  spec.beta_schedule = "linear";
  spec.num_train_timesteps = 3;
  spec.beta_start = 0.1;
  spec.beta_end = 0.3;
  const auto bar = alphas_cumprod(spec);
  EXPECT_NEAR(bar[0], 0.9, 1e-7);
  EXPECT_NEAR(bar[1], 0.9 * 0.8, 1e-7);
  EXPECT_NEAR(bar[2], 0.9 * 0.8 * 0.7, 1e-7);
}

TEST(NoiseSchedule, ZeroTerminalSnrEndsAtZeroAndKeepsItsBeginning) {
  SchedulerSpec spec;
  const auto plain = alphas_cumprod(spec);
  spec.rescale_betas_zero_snr = true;
  const auto rescaled = alphas_cumprod(spec);
  EXPECT_EQ(rescaled.back(), 0);
  EXPECT_NEAR(rescaled.front(), plain.front(), 1e-6);
}

TEST(Timesteps, StrengthIsTruncatedInDoublePrecision) {
  EXPECT_EQ(first_step(50, 0.58), 22);  // 50 * 0.58 is 28.999999999999996, as Python has it
  EXPECT_EQ(first_step(20, 0.6), 8);
  EXPECT_EQ(first_step(5, 1), 0);
  EXPECT_THROW(first_step(5, 0.1), Error);
  EXPECT_THROW(first_step(5, 1.5), Error);
  EXPECT_THROW(first_step(5, std::nan("")), Error);
}

TEST(Timesteps, SliceOfStrengthBeginsWhereThePublishedRunDid) {
  const auto pndm = create_scheduler(spec_of("pndm"));
  pndm->set_timesteps(20);
  const auto& times = pndm->timesteps();
  EXPECT_EQ(times.size(), 21u);
  EXPECT_EQ(times.at(first_step(20, 0.6)), 601);
  const auto ddim = create_scheduler(spec_of("ddim"));
  ddim->set_timesteps(20);
  EXPECT_EQ(ddim->timesteps().at(first_step(20, 0.6)), 551);
}

TEST(Timesteps, WhatLiesOutsideTheTrainingRangeIsRefused) {
  auto spec = spec_of("ddim");
  spec.steps_offset = 10;
  const auto scheduler = create_scheduler(spec);
  EXPECT_THROW(scheduler->set_timesteps(1000), Error);
  EXPECT_THROW(scheduler->set_timesteps(0), Error);
  EXPECT_NO_THROW(scheduler->set_timesteps(20));
}

// Given what a perfect model says, every step lands on the same picture with the same noise at the next
// level. (PNDM averages outputs of two times, which is exact for epsilon alone: that one does not change with
// the time.)
TEST(Scheduler, StepsAreExactForAPerfectModel) {
  const auto picture = draw(1), noise = draw(2);
  const std::pair<std::string, std::string> cases[] = {
      {"ddim", "epsilon"}, {"ddim", "v_prediction"}, {"ddim", "sample"}, {"pndm", "epsilon"}};
  for (const auto& [kind, prediction] : cases) {
    auto spec = spec_of(kind);
    spec.prediction_type = prediction;
    const auto bar = alphas_cumprod(spec);
    const auto scheduler = create_scheduler(spec);
    scheduler->set_timesteps(10);
    const auto& times = scheduler->timesteps();
    auto x = scheduler->add_noise(picture, noise, times[0]);
    for (size_t i = 0; i < times.size(); ++i) {
      const float alpha = bar[times[i]];
      const auto output = prediction == "epsilon" ? noise
                          : prediction == "sample"
                              ? picture
                              : noise * std::sqrt(alpha) - picture * std::sqrt(1 - alpha);
      x = scheduler->step(output, static_cast<int64_t>(i), x);
    }
    const auto expected = scheduler->add_noise(picture, noise, 0);
    EXPECT_LT((x - expected).abs().max().item<float>(), 2e-5) << kind << " " << prediction;
  }
}

TEST(Scheduler, ARunLeavesNothingBehindForTheNext) {
  const auto scheduler = create_scheduler(spec_of("pndm"));
  std::vector<at::Tensor> ends;
  for (int run = 0; run < 2; ++run) {
    scheduler->set_timesteps(5);
    auto x = draw(1);
    for (int64_t i = 2; i < (run == 0 ? 4 : 6); ++i) x = scheduler->step(draw(10 + i), i, x);
    if (run == 1) ends.push_back(x);
  }
  const auto fresh = create_scheduler(spec_of("pndm"));
  fresh->set_timesteps(5);
  auto x = draw(1);
  for (int64_t i = 2; i < 6; ++i) x = fresh->step(draw(10 + i), i, x);
  EXPECT_TRUE(x.equal(ends.at(0)));
}

TEST(Scheduler, EtaAddsTheNoiseThatItsVarianceAsksFor) {
  const auto noise = draw(9);
  int draws = 0;
  const auto scheduler = create_scheduler(spec_of("ddim"), 1, [&](at::IntArrayRef shape) {
    ++draws;
    EXPECT_EQ(shape.vec(), noise.sizes().vec());
    return noise;
  });
  scheduler->set_timesteps(10);
  const auto bar = alphas_cumprod(spec_of("ddim"));
  const auto& times = scheduler->timesteps();
  const double a = bar[times[3]], p = bar[times[4]];
  const double s = std::sqrt((1 - p) / (1 - a) * (1 - a / p));
  const auto x = draw(1), e = draw(2);
  const auto original = (x - e * std::sqrt(1 - a)) / std::sqrt(a);
  const auto expected = original * std::sqrt(p) + e * std::sqrt(1 - p - s * s) + noise * s;
  EXPECT_LT((scheduler->step(e, 3, x) - expected).abs().max().item<float>(), 1e-5);
  EXPECT_EQ(draws, 1);
}

TEST(Scheduler, WhatIsNotSupportedIsNamed) {
  const auto message = [](const SchedulerSpec& spec) -> std::string {
    try {
      create_scheduler(spec);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::config);
      return error.what();
    }
    return "";
  };
  auto spec = spec_of("heun");
  EXPECT_NE(message(spec).find("heun"), std::string::npos);
  spec = spec_of("pndm");
  spec.skip_prk_steps = false;
  EXPECT_NE(message(spec).find("skip_prk_steps"), std::string::npos);
  spec = spec_of("ddim");
  spec.prediction_type = "flow";
  EXPECT_NE(message(spec).find("flow"), std::string::npos);
  spec = spec_of("ddim");
  spec.beta_schedule = "sigmoid";
  EXPECT_NE(message(spec).find("sigmoid"), std::string::npos);
}

}  // namespace
}  // namespace synood
