// The encoder's pass in closed form beside the one that autograd differentiates.

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <tuple>

#include "models/clip_encoder_training.h"
#include "test/support/fixture.h"
#include "test/support/peak_memory.h"

namespace synood::encoder_pass_test {
namespace {

using test::difference;

struct Setting {
  AttentionMask mask;
  int64_t samples, length, layers;
};

class EncoderPassTest : public testing::TestWithParam<Setting> {
 protected:
  ClipEncoder encoder() {
    const auto& setting = GetParam();
    store_ = std::make_unique<ParameterStore>(WeightSource{{}, 5}, Runtime{});
    ClipEncoder made(
        store_->root(),
        {.size = 24, .intermediate = 40, .layers = setting.layers, .heads = 3, .mask = setting.mask});
    store_->finish();
    // Norms and biases that matter.
    for (const auto& [name, parameter] : store_->parameters())
      if (parameter.dim() == 1)
        at::Tensor(parameter).add_(0.3 * at::sin(at::arange(parameter.numel()) * 1.7));
    return made;
  }

  at::Tensor input() const {
    const auto& s = GetParam();
    return at::sin(at::arange(s.samples * s.length * 24) * 0.37).view({s.samples, s.length, 24});
  }
  at::Tensor tokens() const {
    const auto& s = GetParam();
    return (at::arange(s.samples, at::kLong) * 5 + 2) % s.length;
  }

  using Way = at::Tensor (*)(const ClipEncoder&, const at::Tensor&, const at::Tensor&);
  std::vector<at::Tensor> gradients(const ClipEncoder& encoder, Way way, const std::vector<at::Tensor>& of) {
    const at::AutoGradMode on(true);
    const auto out = way(encoder, of[0], tokens());
    const auto weights = at::cos(at::arange(out.numel()) * 0.9).view(out.sizes());
    auto found = torch::autograd::grad({(out * weights).sum()}, of, {}, false, false, /*allow_unused=*/true);
    found.push_back(out.detach());
    return found;
  }
  std::vector<at::Tensor> trained(const at::Tensor& x) {
    std::vector<at::Tensor> all{x};
    for (const auto& [name, parameter] : store_->parameters()) {
      at::Tensor(parameter).set_requires_grad(true);
      all.push_back(parameter);
    }
    return all;
  }

  std::unique_ptr<ParameterStore> store_;
};

TEST_P(EncoderPassTest, HasAutogradsGradients) {
  const auto made = encoder();
  const auto all = trained(input().set_requires_grad(true));
  const auto expected = gradients(made, plain_pooled_state, all);
  const auto found = gradients(made, fused_pooled_state, all);
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(found[i].defined()) << i;
    EXPECT_LT(difference(found[i], expected[i]), 2e-5 * (1 + expected[i].abs().max().item<double>())) << i;
  }
}

TEST_P(EncoderPassTest, GivesTheSameBytesAgainInMemoryThatWasUsed) {
  const auto made = encoder();
  const auto all = trained(input().set_requires_grad(true));
  EncoderMemory memory;
  const EncoderMemory::Scope scope(memory);
  const auto first = gradients(made, fused_pooled_state, all);
  const auto second = gradients(made, fused_pooled_state, all);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(at::equal(first[i], second[i])) << i;
}

TEST_P(EncoderPassTest, LeavesFrozenLayersOut) {
  const auto made = encoder();
  const std::string last = "layers." + std::to_string(GetParam().layers - 1) + ".";
  std::vector<at::Tensor> chosen{input()};
  for (const auto& [name, parameter] : store_->parameters())
    if (name.rfind(last, 0) == 0) chosen.push_back(at::Tensor(parameter).set_requires_grad(true));
  const auto of = std::vector<at::Tensor>(chosen.begin() + 1, chosen.end());
  const auto run = [&](Way way) {
    const at::AutoGradMode on(true);
    return torch::autograd::grad({way(made, chosen[0], tokens()).square().sum()}, of);
  };
  const auto expected = run(plain_pooled_state), found = run(fused_pooled_state);
  for (size_t i = 0; i < of.size(); ++i)
    EXPECT_LT(difference(found[i], expected[i]), 2e-5 * (1 + expected[i].abs().max().item<double>())) << i;
}

TEST_P(EncoderPassTest, LeadsGradientsToTheInputOfAFrozenEncoder) {
  const auto made = encoder();
  const auto x = input().set_requires_grad(true);
  const auto run = [&](Way way) {
    const at::AutoGradMode on(true);
    return torch::autograd::grad({way(made, x, tokens()).square().sum()}, {x})[0];
  };
  const auto expected = run(plain_pooled_state);
  EXPECT_LT(difference(run(fused_pooled_state), expected), 2e-5 * (1 + expected.abs().max().item<double>()));
}

TEST_P(EncoderPassTest, LeadsGradientsThroughFrozenLayersBelowATrainedOne) {
  const auto made = encoder();
  const std::string last = "layers." + std::to_string(GetParam().layers - 1) + ".";
  std::vector<at::Tensor> of{input().set_requires_grad(true)};
  for (const auto& [name, parameter] : store_->parameters())
    if (name.rfind(last, 0) == 0) of.push_back(at::Tensor(parameter).set_requires_grad(true));
  const auto expected = gradients(made, plain_pooled_state, of);
  const auto found = gradients(made, fused_pooled_state, of);
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_LT(difference(found[i], expected[i]), 2e-5 * (1 + expected[i].abs().max().item<double>())) << i;
}

// Neither a copy of the weights nor room for their gradients; the last layer's end has packed ones.
TEST(FrozenEncoder, TakesLessThanItsWeightsForTheWayBack) {
  constexpr int64_t kLayers = 8, kWidth = 192;
  ParameterStore store(WeightSource{{}, 5}, Runtime{});
  const ClipEncoder encoder(store.root(), {.size = kWidth,
                                           .intermediate = 4 * kWidth,
                                           .layers = kLayers,
                                           .heads = 3,
                                           .mask = AttentionMask::none});
  store.finish();
  const auto x = at::sin(at::arange(5 * kWidth) * 0.37).view({1, 5, kWidth}).set_requires_grad(true);
  const at::AutoGradMode on(true);
  const test::PeakMemory memory;
  const auto y = fused_pooled_state(encoder, x, at::zeros({1}, at::kLong));
  torch::autograd::grad({y.sum()}, {x});
  EXPECT_LT(memory.peak(), kLayers * 12 * kWidth * kWidth * 4 / 2);
}

INSTANTIATE_TEST_SUITE_P(Shapes, EncoderPassTest,
                         testing::Values(Setting{AttentionMask::none, 5, 17, 3},
                                         Setting{AttentionMask::causal, 5, 17, 3},
                                         Setting{AttentionMask::none, 70, 16, 2},  // more than two parts
                                         Setting{AttentionMask::causal, 3, 7, 1}));

}  // namespace
}  // namespace synood::encoder_pass_test
