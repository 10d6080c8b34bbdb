#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/random.h"
#include "kernels/gated_gelu.h"
#include "kernels/group_norm_silu.h"
#include "kernels/grouped_softmax.h"
#include "kernels/guided_step.h"
#include "kernels/noise_update.h"
#include "kernels/swish.h"
#include "test/support/fixture.h"
#include "test/support/gradient.h"

namespace synood {
namespace {

// Each kernel on the CPU beside LibTorch's own composition of the same formula.

TEST(Kernels, GroupNormSiluIsGroupNormThenSilu) {
  for (const bool silu : {true, false}) {
    for (const auto& shape :
         std::vector<std::vector<int64_t>>{{2, 64, 9, 7}, {1, 320, 16, 16}, {3, 32, 1, 1}}) {
      const auto groups = 32;
      // A mean far from zero: sums of squares would cancel.
      const auto x = (SampleRandom(1).normal(shape) + 30).contiguous(at::MemoryFormat::ChannelsLast);
      const auto weight = SampleRandom(2).normal({shape[1]}), bias = SampleRandom(3).normal({shape[1]});
      auto y = at::empty_like(x), mean = at::empty({shape[0], groups}), rstd = at::empty({shape[0], groups});
      const kernels::GroupNormShape sizes{shape[0], shape[2] * shape[3], shape[1], groups};
      auto workspace = at::empty({kernels::group_norm_workspace(sizes)});
      kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                               bias.const_data_ptr<float>(), y.data_ptr<float>(), mean.data_ptr<float>(),
                               rstd.data_ptr<float>(), workspace.data_ptr<float>(), sizes, 1e-5f, silu);
      const auto wide =
          at::group_norm(x.to(at::kDouble), groups, weight.to(at::kDouble), bias.to(at::kDouble), 1e-5);
      const auto expected = (silu ? at::silu(wide) : wide).to(at::kFloat);
      // One position of one channel a group has no variance: its rstd amplifies rounding.
      const double bound = shape[2] == 1 ? 2e-2 : 2e-5;
      EXPECT_LT(test::difference(y, expected), bound) << shape << silu;
    }
  }
}

TEST(Kernels, GatedGeluIsOneHalfTimesGeluOfTheOther) {
  const auto x = SampleRandom(4).normal({7, 2 * 53}) * 3;
  auto y = at::empty({7, 53});
  kernels::gated_gelu(x.const_data_ptr<float>(), y.data_ptr<float>(), 7, 53);
  const auto halves = x.chunk(2, -1);
  EXPECT_LT(test::difference(y, halves[0] * at::gelu(halves[1])), 1e-5);
}

TEST(Kernels, SwishAndItsWayBack) {
  for (const float beta : {1.0f, 1.702f}) {
    const auto x = SampleRandom(5).normal({1003}) * 20, dy = SampleRandom(6).normal({1003});
    auto y = at::empty_like(x), dx = at::empty_like(x);
    kernels::swish(x.const_data_ptr<float>(), y.data_ptr<float>(), x.numel(), beta);
    kernels::swish_backward(dy.const_data_ptr<float>(), x.const_data_ptr<float>(), dx.data_ptr<float>(),
                            x.numel(), beta);
    const auto s = at::sigmoid(x * beta);
    EXPECT_LT(test::difference(y, x * s), 1e-5);
    EXPECT_LT(test::difference(dx, dy * s * (1 + x * beta * (1 - s))), 1e-5);
  }
}

TEST(Kernels, GroupNormSiluAndItsWayBackAreLibTorchsComposition) {
  const kernels::GroupNormShape shape{2, 9 * 11, 64, 32};
  const auto order = at::MemoryFormat::ChannelsLast;
  const auto x = SampleRandom(1).normal({2, 64, 9, 11}).contiguous(order);
  const auto dy = SampleRandom(2).normal({2, 64, 9, 11}).contiguous(order);
  const auto weight = SampleRandom(3).normal({64}), bias = SampleRandom(4).normal({64});
  auto y = at::empty_like(x), dx = at::empty_like(x), mean = at::empty({2, 32}), rstd = at::empty({2, 32});
  auto workspace = at::empty({kernels::group_norm_workspace(shape)});
  for (const bool silu : {true, false}) {
    kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                             bias.const_data_ptr<float>(), y.data_ptr<float>(), mean.data_ptr<float>(),
                             rstd.data_ptr<float>(), workspace.data_ptr<float>(), shape, 1e-5f, silu);
    kernels::group_norm_silu_backward(dy.const_data_ptr<float>(), x.const_data_ptr<float>(),
                                      weight.const_data_ptr<float>(), bias.const_data_ptr<float>(),
                                      mean.const_data_ptr<float>(), rstd.const_data_ptr<float>(),
                                      dx.data_ptr<float>(), workspace.data_ptr<float>(), shape, silu);
    const auto leaf = test::as_leaf(x.contiguous());
    const auto normed = at::group_norm(leaf, 32, weight, bias, 1e-5);
    const auto expected = silu ? at::silu(normed) : normed;
    EXPECT_LT(test::difference(y, expected), 1e-5) << silu;
    EXPECT_LT(test::difference(dx, test::gradient((expected * dy).sum(), leaf)), 1e-5) << silu;
  }
}

TEST(Kernels, GuidedStepIsGuidanceThenTheFormula) {
  const auto u = SampleRandom(1).normal({2, 4, 9, 7}), c = SampleRandom(2).normal({2, 4, 9, 7});
  const auto x = SampleRandom(3).normal({2, 4, 9, 7}), n = SampleRandom(4).normal({2, 4, 9, 7});
  const kernels::StepFormula f{.guidance = 7.5f,
                               .original_sample = 1.2f,
                               .original_output = -0.7f,
                               .clip = 0.8f,
                               .epsilon_sample = 0.1f,
                               .epsilon_output = 0.9f,
                               .signal = 0.95f,
                               .direction = 0.3f,
                               .deviation = 0.05f};
  auto next = at::empty_like(x);
  kernels::guided_step(u.const_data_ptr<float>(), c.const_data_ptr<float>(), x.const_data_ptr<float>(),
                       n.const_data_ptr<float>(), next.data_ptr<float>(), x.numel(), f);
  const auto guided = u + (c - u) * 7.5;
  const auto original = (x * 1.2 - guided * 0.7).clamp(-0.8, 0.8);
  EXPECT_LT(test::difference(next, original * 0.95 + (x * 0.1 + guided * 0.9) * 0.3 + n * 0.05), 1e-5);

  auto plain = f;
  plain.clip = 0;
  kernels::guided_step(u.const_data_ptr<float>(), nullptr, x.const_data_ptr<float>(), nullptr,
                       next.data_ptr<float>(), x.numel(), plain);
  EXPECT_LT(test::difference(next, (x * 1.2 - u * 0.7) * 0.95 + (x * 0.1 + u * 0.9) * 0.3), 1e-5);
}

TEST(Kernels, GroupedSoftmaxIsTheMeanShareOfTheInnerLabels) {
  const kernels::LabelGroups labels{19, 7, 33};
  const auto positive = SampleRandom(1).normal({5, 19}) * 8,
             negative = SampleRandom(2).normal({5, 7 * 33}) * 8;
  auto scores = at::empty({5});
  kernels::grouped_softmax(positive.const_data_ptr<float>(), negative.const_data_ptr<float>(),
                           scores.data_ptr<float>(), 5, labels);
  const auto inside = positive.to(at::kDouble).exp().sum(1).unsqueeze(1);
  const auto outside = negative.to(at::kDouble).view({5, 7, 33}).exp().sum(2);
  EXPECT_LT(test::difference(scores, (inside / (inside + outside)).mean(1).to(at::kFloat)), 1e-6);
}

TEST(Kernels, NoiseUpdateFollowsTheGradient) {
  const auto noise = SampleRandom(1).normal({4, 9, 7}), gradient = SampleRandom(2).normal({4, 9, 7}) * 3e-4;
  auto updated = at::empty_like(noise);
  const auto update = [&](const at::Tensor& g, float step, bool normalised) {
    kernels::noise_update(noise.const_data_ptr<float>(), g.const_data_ptr<float>(), updated.data_ptr<float>(),
                          noise.numel(), step, normalised);
    return updated;
  };
  EXPECT_LT(test::difference(update(gradient, 50, false), noise - gradient * 50), 1e-6);
  const auto rms = gradient.square().mean().sqrt();
  EXPECT_LT(test::difference(update(gradient, 0.25, true), noise - gradient * 0.25 / rms), 1e-6);
  EXPECT_TRUE(update(at::zeros_like(noise), 0.25, true).equal(noise));
}

}  // namespace
}  // namespace synood
