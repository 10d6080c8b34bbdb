#include <gtest/gtest.h>

#include "diffusion/scheduler.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {
namespace {

// Every case of diffusers' DDIM and PNDM: timesteps, add_noise and each step's result on given model outputs.
TEST(SchedulerParity, TimestepsNoiseAndStepsAreDiffusers) {
  const auto golden = Fixture::open("schedulers");
  const auto sample = golden.tensor("sample"), outputs = golden.tensor("model_outputs"),
             noise = golden.tensor("noise");
  int cases = 0;
  for (const auto& about : golden.json("cases.json")) {
    const auto spec = scheduler_spec(about.at("config"));
    if (spec.kind != "ddim" && spec.kind != "pndm") continue;
    ++cases;
    const std::string name = about.at("name");
    SCOPED_TRACE(name);
    const int64_t first = about.at("first");
    int64_t draws = 0;
    const auto scheduler =
        create_scheduler(spec, about.value("eta", 0.0), [&](at::IntArrayRef) { return noise[draws++]; });
    scheduler->set_timesteps(about.at("steps"));
    const auto& times = scheduler->timesteps();
    EXPECT_TRUE(at::tensor(times, at::kLong).equal(golden.tensor(name + "/timesteps").to(at::kLong)));
    EXPECT_EQ(scheduler->init_noise_sigma(), about.at("init_noise_sigma").get<double>());

    const auto added = golden.tensor(name + "/added");
    auto x = sample;
    if (first > 0) {
      x = scheduler->add_noise(sample, noise[0], times.at(first));
      EXPECT_LT(difference(x, added), 1e-6);
    } else {
      const size_t probes[] = {0, times.size() / 2};
      for (int64_t row = 0; row < 2; ++row) {
        EXPECT_LT(difference(scheduler->add_noise(sample, noise[0], times[probes[row]])[row], added[row]),
                  1e-6);
      }
    }
    const auto expected = golden.tensor(name + "/prev_samples");
    ASSERT_EQ(expected.size(0), static_cast<int64_t>(times.size()) - first);
    for (int64_t i = 0; i < expected.size(0); ++i) {
      x = scheduler->step(outputs[i], first + i, scheduler->scale_model_input(x, first + i));
      EXPECT_LT(relative_difference(x, expected[i]), 1e-5) << "step " << i;
    }
    EXPECT_EQ(draws, about.at("draws").get<int64_t>());
  }
  EXPECT_GE(cases, 18);
}

}  // namespace
}  // namespace synood::test
