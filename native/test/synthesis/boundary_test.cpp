#include "synthesis/boundary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "synood/error.h"
#include "synthesis/score.h"

namespace synood {
namespace {

constexpr StopRule kRule{10, 0.5, 3, true};

TEST(StopRule, StopsWithinTheToleranceOnly) {
  EXPECT_FALSE(kRule.judge(10.6, 1).finished);
  EXPECT_FALSE(kRule.judge(9.4, 2).finished);
  const auto near = kRule.judge(9.5, 1);
  EXPECT_TRUE(near.finished && near.accepted);
  EXPECT_EQ(near.reason, "boundary");
}

TEST(StopRule, TheLastIterationEndsItUnaccepted) {
  const auto far = kRule.judge(12, 3);
  EXPECT_TRUE(far.finished);
  EXPECT_FALSE(far.accepted);
  EXPECT_EQ(far.reason, "iterations");
}

TEST(StopRule, ReferenceModeRunsAllIterationsAndStillTellsTheTruth) {
  auto rule = kRule;
  rule.stops_at_boundary = false;
  EXPECT_FALSE(rule.judge(10, 2).finished);
  const auto last = rule.judge(10, 3);
  EXPECT_TRUE(last.finished && last.accepted);
  EXPECT_EQ(last.reason, "iterations");
  EXPECT_FALSE(rule.judge(12, 3).accepted);
}

TEST(StopRule, NumbersThatAreNoneEndItAtOnce) {
  for (const double score :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const auto verdict = kRule.judge(score, 1);
    EXPECT_TRUE(verdict.finished);
    EXPECT_FALSE(verdict.accepted);
    EXPECT_EQ(verdict.reason, "not-finite");
  }
}

TEST(StopRule, ASideHasHalfTheBandAndItsMiddleForATarget) {
  SynthesisOptions options;
  options.boundary = 10;
  options.tolerance = 0.5;
  options.side = "inside";
  const auto inside = stop_rule(options);
  EXPECT_DOUBLE_EQ(inside.target, 10.25);
  EXPECT_TRUE(inside.judge(10, 1).accepted && inside.judge(10.5, 1).accepted);
  EXPECT_FALSE(inside.judge(9.99, 1).accepted || inside.judge(10.51, 1).accepted);
  options.side = "outside";
  const auto outside = stop_rule(options);
  EXPECT_TRUE(outside.judge(10, 1).accepted && outside.judge(9.5, 1).accepted);
  EXPECT_FALSE(outside.judge(10.01, 1).accepted);
  options.side = "left";
  EXPECT_THROW(stop_rule(options), Error);
}

// Extreme logits stay in the range that is told, and come near its ends.
TEST(ScoreRange, HoldsEveryScoreOfBoundedLogits) {
  constexpr double limit = 3, temperature = 1.5;
  const auto uniform = at::zeros({5}, at::kDouble);
  auto peaked = at::full({5}, -limit, at::kDouble);
  peaked[0] = limit;
  for (const auto objective : {Objective::energy, Objective::msp, Objective::max_logit, Objective::authors}) {
    const auto [low, high] = score_range(objective, 5, temperature, limit);
    for (const auto& logits : {uniform, peaked, uniform + limit, uniform - limit}) {
      const auto score = objective_score(objective, logits, temperature).item<double>();
      EXPECT_GE(score, low - 1e-12);
      EXPECT_LE(score, high + 1e-12);
    }
  }
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_DOUBLE_EQ(score_range(Objective::msp, 5, 1, infinite).low, 0.2);
  EXPECT_DOUBLE_EQ(score_range(Objective::msp, 5, 1, infinite).high, 1);
  EXPECT_DOUBLE_EQ(score_range(Objective::authors, 1000, 1, infinite).low, std::log(1000));
}

TEST(ScoreRange, ATargetBeyondItIsToldWithTheBound) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto message = [&](Objective objective, double target) {
    try {
      expect_reachable(objective, target, 1000, 1, infinite);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::config);
      return std::string(error.what());
    }
    return std::string();
  };
  // The authors' -5 on s <= -ln 1000.
  EXPECT_NE(message(Objective::authors, 5).find("6.90776"), std::string::npos);
  EXPECT_NE(message(Objective::msp, 1.5).find("0.001"), std::string::npos);
  EXPECT_EQ(message(Objective::msp, 0.3), "");
  EXPECT_EQ(message(Objective::energy, -1e6), "");
  EXPECT_EQ(message(Objective::reference, 0), "");
}

}  // namespace
}  // namespace synood
