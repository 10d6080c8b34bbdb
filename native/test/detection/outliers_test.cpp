// Outliers in feature space: what the published sampling says of them.

#include <gtest/gtest.h>

#include "detection/detection.h"
#include "engine/random.h"
#include "test/support/fixture.h"

namespace synood {
namespace {

using test::as_tensor;
using test::view;

constexpr int64_t kClasses = 3, kEach = 80, kWidth = 6;

class Outliers : public testing::Test {
 protected:
  std::map<std::string, at::Tensor> compute(const std::string& operation,
                                            std::map<std::string, double> numbers) {
    DetectionCall call{operation, {{"features", view(features)}, {"labels", view(labels)}}, numbers, {}};
    std::map<std::string, at::Tensor> results;
    for (const auto& [name, tensor] : create_detection({})->compute(call, {}))
      results.emplace(name, as_tensor(tensor));
    return results;
  }

  // Classes far apart, each with a covariance of its own shape that all share.
  void SetUp() override {
    SampleRandom random(5);
    const auto shape = random.normal({kWidth, kWidth});
    features = at::matmul(random.normal({kClasses * kEach, kWidth}), shape);
    labels = at::arange(kClasses * kEach).div(kEach, "floor");
    features = (features + 20 * labels.unsqueeze(1)).contiguous();
  }

  at::Tensor features, labels;
};

TEST_F(Outliers, GaussianOnesAreTheLeastLikelyOfTheirClassGaussians) {
  const std::map<std::string, double> numbers{{"classes", kClasses}, {"drawn", 2000},  {"kept", 4},
                                              {"rounds", 5},         {"jitter", 1e-4}, {"seed", 7}};
  const auto found = compute("gaussian-outliers", numbers).at("outliers");
  ASSERT_EQ(found.sizes(), at::IntArrayRef({kClasses * 4 * 5, kWidth}));
  EXPECT_TRUE(at::equal(found, compute("gaussian-outliers", numbers).at("outliers")));
  auto other = numbers;
  other["seed"] = 8;
  EXPECT_FALSE(at::equal(found, compute("gaussian-outliers", other).at("outliers")));

  // Squared Mahalanobis distances of the 4 farthest of 2,000 draws of a chi-squared law with 6 degrees: their
  // 99.8 % quantile is 20.8; nearly all lie beyond 18.
  const auto x = features.to(at::kDouble);
  std::vector<at::Tensor> means;
  auto covariance = at::zeros({kWidth, kWidth}, at::kDouble);
  for (int64_t c = 0; c < kClasses; ++c) {
    const auto rows = x.slice(0, c * kEach, (c + 1) * kEach);
    means.push_back(rows.mean(0));
    covariance += at::matmul((rows - means.back()).t(), rows - means.back()) / (kClasses * kEach);
  }
  const auto precision = at::linalg_inv(covariance);
  for (int64_t row = 0; row < found.size(0); ++row) {
    const auto rest = found[row].to(at::kDouble) - means[static_cast<size_t>(row / 4 % kClasses)];
    const double distance = at::dot(rest, at::matmul(precision, rest)).item<double>();
    EXPECT_GT(distance, 18);
    EXPECT_LT(distance, 60);
  }
}

TEST_F(Outliers, NeighbourOnesAreFartherFromTheirClassThanItsOwnPoints) {
  // Directions are what counts: spread the classes over the sphere.
  SampleRandom random(9);
  features = (random.normal({kClasses, kWidth}).index_select(0, labels) * 3 +
              random.normal({kClasses * kEach, kWidth}) * 0.3)
                 .contiguous();
  const std::map<std::string, double> numbers{{"classes", kClasses}, {"neighbours", 10}, {"boundary", 20},
                                              {"picked", 2},         {"drawn", 300},     {"kept", 3},
                                              {"sigma", 0.1},        {"rounds", 4},      {"seed", 1}};
  const auto made = compute("neighbour-outliers", numbers);
  const auto& found = made.at("outliers");
  ASSERT_EQ(found.size(0), kClasses * 4 * 3);
  EXPECT_TRUE(at::equal(found, compute("neighbour-outliers", numbers).at("outliers")));
  const auto unit = features / features.square().sum(1, true).sqrt();
  const auto to_tenth = [&](const at::Tensor& rows, int64_t label) {
    const auto own = unit.slice(0, label * kEach, (label + 1) * kEach);
    return std::get<0>(at::cdist(rows, own).sort(1)).select(1, 9);
  };
  for (int64_t row = 0; row < found.size(0); ++row) {
    const auto label = static_cast<int64_t>(made.at("classes")[row].item<double>());
    EXPECT_EQ(label, row / 12);
    EXPECT_NEAR(found[row].square().sum().item<double>(), 1, 1e-5);
    const auto own = to_tenth(unit.slice(0, label * kEach, (label + 1) * kEach), label);
    // Farther than the farthest of the class's own points, by sigma's doing.
    EXPECT_GT(to_tenth(found[row].unsqueeze(0), label).item<double>(), own.max().item<double>());
  }
}

}  // namespace
}  // namespace synood
