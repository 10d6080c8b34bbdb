// The two losses with outliers beside PyTorch: scripts/golden/detectors.py, "heads".

#include <gtest/gtest.h>

#include "test/support/fixture.h"
#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;
using test::view;

class OutlierLosses : public testing::Test {
 protected:
  TrainerOptions options() const {
    TrainerOptions options;
    options.optimizer.kind = "sgd";
    options.optimizer.learning_rate = 0.1;
    options.optimizer.momentum = 0.9;
    options.outlier_weight = 0.1;
    options.outlier_start = 5;
    return options;
  }

  // Begins where PyTorch did, and must end where PyTorch does.
  void follow(Trainer& trainer, const std::string& name) {
    auto state = trainer.state();
    std::vector<std::string> own;
    for (auto& [key, tensor] : state) {
      if (key.rfind("optimizer.", 0) == 0) continue;
      own.push_back(key);
      tensor = to_host(golden.tensor(name + "/initial/" + key));
    }
    ASSERT_EQ(own.size(), 5u);
    trainer.load_state(views_of(state), 0);
    const auto losses = run(
        trainer,
        Data().add("features", golden.tensor("heads/features")).add("labels", golden.tensor("heads/labels")),
        golden.tensor("heads/order"));
    const auto& expected = golden.tensor(name + "/losses");
    for (size_t i = 0; i < losses.size(); ++i)
      EXPECT_NEAR(losses[i], expected[static_cast<int64_t>(i)].item<double>(), 1e-5) << i;
    for (const auto& key : own)
      EXPECT_LT(difference(find(trainer.state(), key), golden.tensor(name + "/final/" + key)), 1e-5) << key;
  }

  const Fixture golden = Fixture::open("detectors");
};

TEST_F(OutlierLosses, HeadWithLearnedEnergy) {
  follow(*create_outlier_head_trainer({}, view(golden.tensor("outlier-head/initial/weight")),
                                      view(golden.tensor("outlier-head/initial/bias")), options()),
         "outlier-head");
}

TEST_F(OutlierLosses, FeatureMapWithLogitNorm) {
  auto settings = options();
  settings.logit_scale = 25;
  settings.logit_norm = true;
  follow(*create_feature_map_trainer({}, view(golden.tensor("feature-map/texts")), 12, settings),
         "feature-map");
}

TEST_F(OutlierLosses, AMapToAnotherWidthIsDrawnFromTheSeed) {
  const auto weight = [&](uint64_t seed) {
    TrainerOptions settings;
    settings.seed = seed;
    return find(
        create_feature_map_trainer({}, view(golden.tensor("feature-map/texts")), 5, settings)->state(),
        "weight");
  };
  EXPECT_EQ(weight(1).sizes(), at::IntArrayRef({12, 5}));
  EXPECT_TRUE(at::equal(weight(1), weight(1)));
  EXPECT_FALSE(at::equal(weight(1), weight(2)));
}

}  // namespace
}  // namespace synood
