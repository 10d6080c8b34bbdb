#include <gtest/gtest.h>

#include "models/models.h"
#include "models/resnet_keys.h"
#include "test/support/gradient.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;

bool is_counter(const std::string& name) { return name.find("num_batches_tracked") != std::string::npos; }

class ResnetParity : public testing::TestWithParam<std::string> {
 protected:
  Fixture golden = Fixture::open("resnet/" + GetParam());
  ResnetSpec spec = test::resnet_spec(golden.config());
  std::shared_ptr<ClassifierModel> model = load_classifier({}, spec, golden.weight_source("model"));
  const at::Tensor& pixels = golden.tensor("pixel_values");
};

TEST_P(ResnetParity, LogitsAndFeaturesMatchTransformers) {
  EXPECT_LT(difference(test::as_tensor(model->logits(test::view(pixels), 2, {})), golden.tensor("logits")),
            1e-5);
  EXPECT_LT(
      difference(test::as_tensor(model->features(test::view(pixels), 4, {})), golden.tensor("features")),
      1e-5);
}

TEST_P(ResnetParity, GradientOfTheEnergyMatchesAutograd) {
  const auto leaf = test::as_leaf(pixels);
  const auto energy = -at::logsumexp(model->forward(leaf), 1);
  EXPECT_LT(difference(energy, golden.tensor("energy")), 1e-5);
  EXPECT_LT(test::relative_difference(test::gradient(energy.sum(), leaf), golden.tensor("grad_pixels")),
            1e-4);
}

TEST_P(ResnetParity, StateHasTheKeysOfTheFormat) {
  auto expected = test::shapes(golden.weight_source("model"));
  std::erase_if(expected, [](const auto& item) { return is_counter(item.first); });
  EXPECT_EQ(test::shapes(*load_classifier({}, spec, {{}, 1})), expected);
  EXPECT_EQ(test::shapes(*model), expected);
}

TEST_P(ResnetParity, ARowsBitsDoNotDependOnItsPlace) {
  const auto logits = [&](const at::Tensor& x) {
    return test::as_tensor(model->logits(test::view(x), 3, {}));
  };
  const auto together = logits(pixels);
  EXPECT_TRUE(at::equal(logits(pixels.flip(0).contiguous()).flip(0), together));
  EXPECT_TRUE(at::equal(logits(pixels.narrow(0, 2, 1).contiguous())[0], together[2]));
}

TEST_P(ResnetParity, TrainingUsesTheBatchsStatisticsAndMovesTheRunningOnes) {
  const auto buffer = [&](const std::string& name) {
    for (const auto& [key, value] : model->store().buffers()) {
      if (key == "resnet.embedder.embedder.normalization." + name) return value;
    }
    throw std::runtime_error(name);
  };
  const auto mean_before = buffer("running_mean").clone(), var_before = buffer("running_var").clone();
  at::Tensor weight;
  for (const auto& [key, value] : model->store().parameters()) {
    if (key == "resnet.embedder.embedder.convolution.weight") weight = value;
  }
  const at::NoGradGuard no_grad;
  const auto logits = model->forward(pixels, true);
  EXPECT_GT(difference(logits, golden.tensor("logits")), 1e-3);
  const auto x = at::conv2d(pixels, weight, {}, 2, 3).transpose(0, 1).flatten(1);
  EXPECT_LT(difference(buffer("running_mean"), 0.9 * mean_before + 0.1 * x.mean(1)), 1e-5);
  EXPECT_LT(difference(buffer("running_var"), 0.9 * var_before + 0.1 * x.var(1)), 1e-4);
}

TEST_P(ResnetParity, ChecksItsKeys) {
  test::expect_key_is_checked(golden.weight_source("model"),
                              "resnet.encoder.stages.1.layers.0.shortcut.normalization.running_var",
                              [this](const WeightSource& source) { load_classifier({}, spec, source); });
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ResnetParity,
                         testing::Values("basic", "bottleneck", "bottleneck-torchvision"),
                         [](const auto& info) {
                           return info.param.substr(0, info.param.find('-')) +
                                  (info.param.find('-') == std::string::npos ? "" : "_wide");
                         });

TEST(Resnet, ReadsTorchvisionsNames) {
  const auto golden = Fixture::open("resnet/bottleneck-torchvision");
  const auto source = Fixture::open("resnet/torchvision").weight_source("model");
  const auto model = load_classifier({}, test::resnet_spec(golden.config()), source);
  EXPECT_LT(difference(model->forward(golden.tensor("pixel_values")), golden.tensor("logits")), 1e-5);
}

TEST(Resnet, LeavesOtherNamesAlone) {
  for (const std::string name : {"classifier.1.weight", "layer1.x.conv1.weight", "conv2.weight", "layerx"}) {
    EXPECT_EQ(resnet_key(name), name);
  }
  const std::string endless = "layer1." + std::string(1 << 20, '0') + ".conv1.weight";
  EXPECT_EQ(resnet_key(endless), endless);
}

}  // namespace
}  // namespace synood
