#include "synthesis/boundary.h"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace
}  // namespace synood
