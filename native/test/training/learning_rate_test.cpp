#include "training/learning_rate.h"

#include <gtest/gtest.h>

namespace synood {
namespace {

TEST(LearningRate, CosineIsWhatTheChainableSchedulerArrivesAt) {
  OptimizerOptions options;
  options.learning_rate = 1e-3;
  options.final_learning_rate = 1e-5;
  options.total_steps = 30;
  // CosineAnnealingLR as torch.optim computes it, one step from the last.
  double rate = options.learning_rate;
  for (int64_t t = 0; t < 30; ++t) {
    EXPECT_NEAR(learning_rate(options, t), rate, 1e-12);
    const auto factor = [&](int64_t step) { return 1 + std::cos(std::numbers::pi * step / 30); };
    rate = factor(t + 1) / factor(t) * (rate - 1e-5) + 1e-5;
  }
  EXPECT_DOUBLE_EQ(learning_rate(options, 30), 1e-5);
  EXPECT_DOUBLE_EQ(learning_rate(options, 1000), 1e-5);
}

TEST(LearningRate, WarmUpRisesLinearlyAndHandsOverAtTheFullRate) {
  OptimizerOptions options;
  options.learning_rate = 0.8;
  options.warmup_steps = 4;
  options.total_steps = 12;
  EXPECT_DOUBLE_EQ(learning_rate(options, 0), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(options, 3), 0.8);
  EXPECT_DOUBLE_EQ(learning_rate(options, 4), 0.8);
  EXPECT_NEAR(learning_rate(options, 8), 0.4, 1e-12);  // half of the cosine
  options.total_steps = 0;
  EXPECT_DOUBLE_EQ(learning_rate(options, 500), 0.8);
}

}  // namespace
}  // namespace synood
