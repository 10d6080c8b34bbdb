// Against torch, on the authors' formulas: scripts/golden/training.py, "neglabel" and "projection".

#include <gtest/gtest.h>

#include "detection/detection.h"
#include "test/support/fixture.h"

namespace synood {
namespace {

using test::as_tensor;
using test::difference;
using test::Fixture;
using test::view;

TEST(DetectionGolden, NegLabelScore) {
  const auto golden = Fixture::open("training/neglabel");
  const auto detection = create_detection({});
  const auto score = [&](const at::Tensor& negatives, NegLabelOptions options) {
    return as_tensor(detection->neg_label_score(
        view(golden.tensor("features")), view(golden.tensor("positives")), view(negatives), options, {}));
  };
  const auto& negatives = golden.tensor("negatives");
  const auto permuted = negatives.index_select(0, golden.tensor("permutation"));
  EXPECT_LT(difference(score(permuted, {4, 0.01}), golden.tensor("score")), 1e-5);
  EXPECT_LT(difference(score(permuted, {4, 1}), golden.tensor("score_T1")), 1e-6);
  EXPECT_LT(difference(score(negatives, {4, 0.01}), golden.tensor("score_identity")), 1e-5);
  EXPECT_LT(difference(score(negatives, {1, 0.01}), golden.tensor("score_ungrouped")), 1e-5);
}

TEST(DetectionGolden, CandidateDistancesAndTheirOrder) {
  const auto golden = Fixture::open("training/neglabel");
  const auto nearness = as_tensor(create_detection({})->candidate_distances(
      view(golden.tensor("negatives")), view(golden.tensor("positives")), 0.95, {}));
  EXPECT_LT(difference(nearness, golden.tensor("nearness")), 1e-6);
  EXPECT_TRUE(at::equal(nearness.argsort().slice(0, 0, 7), golden.tensor("mined")));
}

TEST(DetectionGolden, Projection) {
  const auto golden = Fixture::open("training/projection");
  for (const std::string when : {"initial/", "final/"}) {
    const auto part = [&](const std::string& name) { return view(golden.tensor(when + name)); };
    const auto projected =
        as_tensor(create_detection({})->project(view(golden.tensor("features")), part("linear.weight"),
                                                part("linear.bias"), part("norm.weight"), part("norm.bias")));
    const auto& expected = golden.tensor(when == "initial/" ? "projected_before" : "projected_after");
    EXPECT_LT(difference(projected, expected), 1e-5);
  }
}

}  // namespace
}  // namespace synood
