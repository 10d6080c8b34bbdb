#include "models/deep_features.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "diffusion/guidance.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::Fixture;

class DeepFeatureReuseTest : public testing::Test {
 protected:
  Fixture golden = Fixture::open("unet/sd2-9ch");
  std::shared_ptr<UnetModel> unet =
      load_unet({}, test::unet_spec(golden.config()), golden.weight_source("diffusion_pytorch_model"));
  const at::Tensor& text = golden.tensor("encoder_hidden_states");
  const at::NoGradGuard no_grad;

  at::Tensor call(const at::Tensor& sample, double time, DeepFeatures& features) const {
    return dynamic_cast<DeepFeatureReuse&>(*unet).forward_reusing(sample, at::full({1}, time), text, {},
                                                                  features);
  }
  at::Tensor exact(const at::Tensor& sample, double time) const {
    return unet->forward(sample, at::full({1}, time), text);
  }
};

TEST_F(DeepFeatureReuseTest, EveryIntervalsCallIsExactAndWithNothingMovedSoAreTheOthers) {
  const auto& sample = golden.tensor("sample");
  DeepFeatures features{3, 0, {}};
  for (int i = 0; i < 7; ++i) {
    // The time of the other calls is that of the whole one, so the kept features are those it would compute.
    EXPECT_TRUE(call(sample, 500 - 100 * (i / 3), features).equal(exact(sample, 500 - 100 * (i / 3)))) << i;
  }
}

TEST_F(DeepFeatureReuseTest, ErrsWhereTheSampleMoves) {
  const auto sample = golden.tensor("sample"), moved = sample * 0.98;
  DeepFeatures features{2, 0, {}};
  EXPECT_TRUE(call(sample, 500, features).equal(exact(sample, 500)));
  const auto found = call(moved, 480, features), expected = exact(moved, 480);
  const auto error = test::relative_difference(found, expected);
  std::printf("[ reuse    ] %.2g of the output's magnitude on the fixture's denoiser\n", error);
  EXPECT_GT(error, 0);
  EXPECT_LT(error, 0.5);
  EXPECT_TRUE(call(moved, 460, features).equal(exact(moved, 460)));
}

}  // namespace
}  // namespace synood
