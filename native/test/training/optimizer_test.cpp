#include "training/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "synood/error.h"

namespace synood {
namespace {

constexpr int64_t kCount = 37;  // no multiple of a vector's width

// One number's path under the update rules as the papers write them, in double precision.
struct Scalar {
  double p, m = 0, v = 0, u = 0;

  void update(const OptimizerOptions& o, double g, double t) {
    if (o.kind != "adamw") g += o.weight_decay * p;
    if (o.kind == "sgd") {
      u = o.momentum * u + g;
      p -= o.learning_rate * u;
      return;
    }
    if (o.kind == "adamw") p *= 1 - o.learning_rate * o.weight_decay;
    m = o.beta1 * m + (1 - o.beta1) * g;
    v = o.beta2 * v + (1 - o.beta2) * g * g;
    const double first = m / (1 - std::pow(o.beta1, t)), second = v / (1 - std::pow(o.beta2, t));
    p -= o.learning_rate * first / (std::sqrt(second) + o.eps);
  }
};

class OptimizerRule : public testing::TestWithParam<OptimizerOptions> {};

TEST_P(OptimizerRule, FollowsTheScalarRecurrence) {
  const auto& options = GetParam();
  const auto start = at::linspace(-2, 2, kCount);
  const auto parameter = start.clone().view({1, kCount});
  Optimizer optimizer(options, {{"p", parameter}});
  std::vector<Scalar> scalars;
  for (int64_t i = 0; i < kCount; ++i) scalars.push_back({start[i].item<double>()});
  for (int64_t t = 0; t < 20; ++t) {
    // The gradient of p^4 / 4 + 0.3 sin(t) p
    const auto gradient = parameter.pow(3) + 0.3 * std::sin(t);
    optimizer.update({gradient}, t);
    for (auto& scalar : scalars)
      scalar.update(options, std::pow(scalar.p, 3) + 0.3 * std::sin(t), static_cast<double>(t + 1));
  }
  for (int64_t i = 0; i < kCount; ++i) EXPECT_NEAR(parameter[0][i].item<double>(), scalars[i].p, 2e-5) << i;
}

TEST_P(OptimizerRule, AnUpdateCountsAsWriting) {
  const auto parameter = at::ones({2, 3});
  Optimizer optimizer(GetParam(), {{"p", parameter}});
  const auto before = parameter._version();
  optimizer.update({at::ones({2, 3})}, 0);
  EXPECT_GT(parameter._version(), before);
}

OptimizerOptions rule(const std::string& kind, double rate, double decay, double momentum = 0) {
  OptimizerOptions options;
  options.kind = kind;
  options.learning_rate = rate;
  options.weight_decay = decay;
  options.momentum = momentum;
  return options;
}

INSTANTIATE_TEST_SUITE_P(Kinds, OptimizerRule,
                         testing::Values(rule("adam", 0.05, 0), rule("adam", 0.05, 0.1),
                                         rule("adamw", 0.05, 0), rule("adamw", 0.05, 0.1),
                                         rule("sgd", 0.02, 0), rule("sgd", 0.02, 0.1),
                                         rule("sgd", 0.02, 0.1, 0.9)));

TEST(Optimizer, ReadsAGradientThatLiesTransposed) {
  const auto gradient = at::arange(12, at::kFloat).view({4, 3}).t();
  const auto parameter = at::zeros({3, 4});
  Optimizer(rule("sgd", 1, 0), {{"p", parameter}}).update({gradient}, 0);
  EXPECT_TRUE(at::equal(parameter, -gradient));
}

TEST(Optimizer, LeavesAParameterWithoutGradientAlone) {
  const auto left = at::ones({3}), right = at::ones({3});
  Optimizer optimizer(rule("adamw", 0.1, 0.5), {{"left", left}, {"right", right}});
  optimizer.update({at::Tensor(), at::ones({3})}, 0);
  EXPECT_TRUE(at::equal(left, at::ones({3})));
  EXPECT_FALSE(at::equal(right, at::ones({3})));
}

TEST(Optimizer, NamesItsState) {
  const NamedTensors parameters{{"a.weight", at::zeros({2, 3})}};
  const auto adam = Optimizer(rule("adam", 1, 0), parameters).state();
  ASSERT_EQ(adam.size(), 2u);
  EXPECT_EQ(adam[0].first, "optimizer.exp_avg.a.weight");
  EXPECT_EQ(adam[1].first, "optimizer.exp_avg_sq.a.weight");
  const auto sgd = Optimizer(rule("sgd", 1, 0, 0.9), parameters).state();
  ASSERT_EQ(sgd.size(), 1u);
  EXPECT_EQ(sgd[0].first, "optimizer.momentum.a.weight");
  EXPECT_TRUE(Optimizer(rule("sgd", 1, 0), parameters).state().empty());
}

TEST(Optimizer, RefusesOptionsThatMeanNothing) {
  EXPECT_THROW(Optimizer(rule("lion", 1, 0), {}), Error);
  EXPECT_THROW(Optimizer(rule("adam", -1, 0), {}), Error);
  auto options = rule("adam", 1, 0);
  options.beta2 = 1;
  EXPECT_THROW(Optimizer(options, {}), Error);
}

TEST(Optimizer, SparesVectorsFromDecayWhenAskedTo) {
  auto options = rule("adamw", 0.1, 0.5);
  options.decay_matrices_only = true;
  const auto matrix = at::ones({2, 2}), vector = at::ones({2});
  Optimizer optimizer(options, {{"matrix", matrix}, {"vector", vector}});
  optimizer.update({at::zeros({2, 2}), at::zeros({2})}, 0);
  EXPECT_TRUE(at::allclose(matrix, at::full({2, 2}, 0.95)));
  EXPECT_TRUE(at::equal(vector, at::ones({2})));
}

TEST(GradientNorm, IsThatOfAllDefinedGradientsTogether) {
  std::vector<at::Tensor> gradients{at::full({3}, 2.0f), at::Tensor(), at::full({2, 2}, -1.0f)};
  EXPECT_NEAR(gradient_norm(gradients), 4, 1e-6);
  scale_gradients(gradients, 0.25);
  EXPECT_TRUE(at::equal(gradients[0], at::full({3}, 0.5f)));
  EXPECT_NEAR(gradient_norm(gradients), 1, 1e-6);
  EXPECT_EQ(gradient_norm({at::Tensor()}), 0);
}

}  // namespace
}  // namespace synood
