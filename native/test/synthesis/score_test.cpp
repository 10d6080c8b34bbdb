#include "synthesis/score.h"

#include <gtest/gtest.h>

#include <cmath>

#include "synood/error.h"

namespace synood {
namespace {

at::Tensor row(std::vector<double> values) { return at::tensor(values, at::kDouble); }

TEST(Score, ClosedFormsOnUniformLogits) {
  const auto logits = at::full({2, 1000}, 3.0, at::kDouble);
  EXPECT_NEAR(energy_score(logits, 1)[1].item<double>(), 3 + std::log(1000), 1e-12);
  EXPECT_NEAR(energy_score(logits, 2)[0].item<double>(), 3 + 2 * std::log(1000), 1e-12);
  EXPECT_NEAR(msp_score(logits, 1)[0].item<double>(), 1e-3, 1e-15);
  EXPECT_NEAR(max_logit_score(logits)[0].item<double>(), 3, 0);
  EXPECT_NEAR(reference_statistic(logits)[0].item<double>(), -std::log(1000), 1e-12);
}

TEST(Score, AllAreHigherForAConfidentClassifier) {
  const auto sure = row({9, 0, 0}), unsure = row({1, 0, 0});
  for (const auto objective :
       {Objective::energy, Objective::msp, Objective::max_logit, Objective::reference}) {
    EXPECT_GT(objective_score(objective, sure, 1).item<double>(),
              objective_score(objective, unsure, 1).item<double>());
  }
}

TEST(Score, TheReferenceTargetIsBeyondReachOfAThousandClasses) {
  const auto logits = row(std::vector<double>(1000, 0.0)).requires_grad_(true);
  EXPECT_GT(objective_loss(Objective::reference, logits, 1, 0).item<double>(), 1.9 * 1.9);
  // and with fewer classes it is the square of a distance like any other
  EXPECT_NEAR(objective_loss(Objective::reference, row({0, 0}), 1, 0).item<double>(),
              std::pow(-5 + std::log(2), 2), 1e-12);
}

TEST(Score, LossIsTheSquaredDistanceToTheBoundary) {
  const auto logits = row({1, 2, 3});
  const double energy = std::log(std::exp(1) + std::exp(2) + std::exp(3));
  EXPECT_NEAR(objective_loss(Objective::energy, logits, 1, 5).item<double>(), std::pow(energy - 5, 2), 1e-12);
  EXPECT_NEAR(objective_loss(Objective::max_logit, logits, 1, 5).item<double>(), 4, 1e-12);
}

TEST(Score, AnUnknownObjectiveIsNamed) {
  try {
    parse_objective("entropy");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::config);
    EXPECT_NE(std::string(error.what()).find("entropy"), std::string::npos);
  }
}

}  // namespace
}  // namespace synood
