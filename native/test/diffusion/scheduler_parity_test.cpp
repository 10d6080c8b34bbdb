#include <gtest/gtest.h>

#include "diffusion/scheduler.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {
namespace {

// What a case file says of one run.
SchedulerSpec spec_of(const nlohmann::json& about) {
  auto config = about.at("resolved");
  config["_class_name"] = about.at("class");
  return scheduler_spec(config);
}

void expect_times(const std::vector<double>& times, const at::Tensor& expected) {
  ASSERT_EQ(static_cast<int64_t>(times.size()), expected.size(0));
  for (size_t i = 0; i < times.size(); ++i) {
    // Euler's Karras times are logarithms of fractions, in float32 and rounded there.
    EXPECT_NEAR(times[i], expected[i].item<double>(), expected.is_floating_point() ? 1e-3 : 0) << i;
  }
}

// One case of diffusers: timesteps, sigmas, scaled inputs, add_noise, and each step's result on given model
// outputs.
void expect_diffusers(const Fixture& golden, const nlohmann::json& about) {
  const auto sample = golden.tensor("sample"), outputs = golden.tensor("model_outputs"),
             noise = golden.tensor("noise");
  const std::string name = about.at("name");
  SCOPED_TRACE(name);
  const auto spec = spec_of(about);
  const int64_t first = about.at("first");
  int64_t draws = 0;
  const auto scheduler =
      create_scheduler(spec, about.value("eta", 0.0), [&](at::IntArrayRef) { return noise[draws++]; });
  if (about.contains("timesteps")) {
    scheduler->set_custom_timesteps(about.at("timesteps").get<std::vector<double>>());
  } else {
    scheduler->set_timesteps(about.at("steps"));
  }
  const auto& times = scheduler->timesteps();
  expect_times(times, golden.tensor(name + "/timesteps"));
  const double sigma = about.at("init_noise_sigma");
  EXPECT_NEAR(scheduler->init_noise_sigma(), sigma, 1e-6 * sigma);
  if (golden.has(name + "/sigmas") && spec.kind != "ddim") {
    const auto sigmas = scheduler->sigmas();
    EXPECT_LT(relative_difference(at::tensor(at::ArrayRef<float>(sigmas)), golden.tensor(name + "/sigmas")),
              1e-6);
  }

  const auto added = golden.tensor(name + "/added");
  auto x = sample * scheduler->init_noise_sigma();
  if (first > 0) {
    x = scheduler->add_noise_at(sample, noise[0], first);
    EXPECT_LT(relative_difference(x, added), 1e-6);
  } else {
    const size_t probes[] = {0, times.size() / 2};
    const auto rows = sample.size(0);
    for (int64_t row = 0; row < rows; ++row) {
      const auto t = times[probes[2 - rows + row]];
      EXPECT_LT(relative_difference(scheduler->add_noise(sample, noise[0], t)[row], added[row]), 1e-6);
    }
  }
  const auto expected = golden.tensor(name + "/prev_samples");
  ASSERT_EQ(expected.size(0), static_cast<int64_t>(times.size()) - first);
  for (int64_t i = 0; i < expected.size(0); ++i) {
    const auto scaled = scheduler->scale_model_input(x, first + i);
    if (golden.has(name + "/scaled_inputs")) {
      EXPECT_LT(relative_difference(scaled, golden.tensor(name + "/scaled_inputs")[i]), 1e-5) << "step " << i;
    }
    x = scheduler->step(outputs[i], first + i, x);
    ASSERT_LT(relative_difference(x, expected[i]), 1e-5) << "step " << i;
  }
  EXPECT_EQ(draws, about.at("draws").get<int64_t>());
}

TEST(SchedulerParity, TimestepsNoiseAndStepsAreDiffusers) {
  const auto golden = Fixture::open("schedulers");
  const auto cases = golden.json("cases.json");
  for (const auto& about : cases) expect_diffusers(golden, about);
  EXPECT_EQ(cases.size(), 51u);
}

// Every kind with every spacing, prediction, beta schedule and two lengths, and its own options.
TEST(SchedulerParity, TheWholeGridIsDiffusers) {
  const auto golden = Fixture::open("schedulers/grid");
  const auto cases = golden.json("cases.json");
  for (const auto& about : cases) expect_diffusers(golden, about);
  EXPECT_EQ(cases.size(), 189u);
}

}  // namespace
}  // namespace synood::test
