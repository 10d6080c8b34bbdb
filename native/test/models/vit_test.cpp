#include <gtest/gtest.h>

#include "models/models.h"
#include "test/support/gradient.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;

class VitParity : public testing::TestWithParam<std::string> {
 protected:
  Fixture golden = Fixture::open("vit/" + GetParam());
  VitSpec spec = test::vit_spec(golden.config());
  std::shared_ptr<ClassifierModel> model = load_vit_classifier({}, spec, golden.weight_source("model"));
  const at::Tensor& pixels = golden.tensor("pixel_values");
};

TEST_P(VitParity, LogitsAndFeaturesMatchTransformers) {
  EXPECT_EQ(model->num_labels(), 10);
  EXPECT_LT(difference(test::as_tensor(model->logits(test::view(pixels), 2, {})), golden.tensor("logits")),
            1e-4);
  EXPECT_LT(
      difference(test::as_tensor(model->features(test::view(pixels), 4, {})), golden.tensor("features")),
      1e-4);
}

TEST_P(VitParity, GradientOfTheEnergyMatchesAutograd) {
  const auto leaf = test::as_leaf(pixels);
  const auto energy = -at::logsumexp(model->forward(leaf), 1);
  EXPECT_LT(difference(energy, golden.tensor("energy")), 1e-4);
  EXPECT_LT(test::relative_difference(test::gradient(energy.sum(), leaf), golden.tensor("grad_pixels")),
            1e-4);
}

TEST_P(VitParity, StateHasTheKeysOfTheFormat) {
  const auto expected = test::shapes(golden.weight_source("model"));
  EXPECT_EQ(test::shapes(*load_vit_classifier({}, spec, {{}, 1})), expected);
  EXPECT_EQ(test::shapes(*model), expected);
}

TEST_P(VitParity, AnotherSizeOfImagesIsAnError) {
  try {
    model->forward(at::zeros({1, 3, 56, 56}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::shape);
    EXPECT_NE(std::string(error.what()).find("28 x 28"), std::string::npos) << error.what();
  }
}

TEST_P(VitParity, ChecksItsKeys) {
  test::expect_key_is_checked(golden.weight_source("model"), "vit.layernorm.weight",
                              [this](const WeightSource& source) { load_vit_classifier({}, spec, source); });
}

INSTANTIATE_TEST_SUITE_P(Fixtures, VitParity, testing::Values("tiny", "no-bias"),
                         [](const auto& info) { return info.param == "tiny" ? "tiny" : "no_bias"; });

}  // namespace
}  // namespace synood
