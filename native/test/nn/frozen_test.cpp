#include "nn/frozen.h"

#include <gtest/gtest.h>

#include <array>

#include "engine/random.h"
#include "nn/gated_gelu.h"
#include "nn/group_norm.h"
#include "test/support/fixture.h"
#include "test/support/gradient.h"

namespace synood {
namespace {

// Sizes large enough to be packed; each beside LibTorch's own layer, forwards and on the way back.
void expect_same(const std::function<at::Tensor(const at::Tensor&)>& ours,
                 const std::function<at::Tensor(const at::Tensor&)>& theirs, const at::Tensor& x) {
  const auto mine = test::as_leaf(x), other = test::as_leaf(x);
  const auto y = ours(mine), expected = theirs(other);
  const auto direction = SampleRandom(9).normal(expected.sizes());
  EXPECT_LT(test::difference(y, expected), 1e-4);
  EXPECT_LT(test::difference(test::gradient((y * direction).sum(), mine),
                             test::gradient((expected * direction).sum(), other)),
            1e-3);
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(ours(x), y)) << "recording changes bits";
}

TEST(Frozen, LinearIsLinear) {
  const auto weight = SampleRandom(1).normal({256, 192}) * 0.1, bias = SampleRandom(2).normal({256});
  const auto frozen = frozen_linear();
  expect_same([&](const auto& x) { return linear(frozen, x, weight, bias); },
              [&](const auto& x) { return at::linear(x, weight, bias); },
              SampleRandom(3).normal({2, 5, 192}));
}

// Maps on both sides of the size from which Winograd's method is taken.
TEST(Frozen, ConvolutionsAreConvolutions) {
  const auto weight = SampleRandom(1).normal({96, 64, 3, 3}) * 0.1, bias = SampleRandom(2).normal({96});
  for (const int64_t stride : {1, 2}) {
    for (const auto& size : {std::array<int64_t, 2>{10, 6}, {4, 5}}) {
      const auto frozen = frozen_convolution();
      expect_same(
          [&](const auto& x) { return convolution(frozen, x, weight, bias, stride, 1); },
          [&](const auto& x) { return at::conv2d(x, weight, bias, stride, 1); },
          SampleRandom(3).normal({2, 64, size[0], size[1]}).contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST(Frozen, UpsamplingIsEnlargementThenConvolution) {
  const auto weight = SampleRandom(1).normal({96, 64, 3, 3}) * 0.1, bias = SampleRandom(2).normal({96});
  for (const auto& size : {std::array<int64_t, 2>{5, 7}, {2, 3}}) {
    const auto frozen = frozen_upsampling();
    const std::array<int64_t, 2> larger{2 * size[0], 2 * size[1]};
    expect_same(
        [&](const auto& x) { return upsampled_convolution(frozen, x, weight, bias); },
        [&](const auto& x) { return at::conv2d(at::upsample_nearest2d(x, larger), weight, bias, 1, 1); },
        SampleRandom(3).normal({2, 64, size[0], size[1]}).contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST(Frozen, AWeightThatWasWrittenIsPackedAgain) {
  auto weight = SampleRandom(1).normal({256, 192}) * 0.1;
  const auto frozen = frozen_linear();
  const auto x = SampleRandom(3).normal({5, 192});
  linear(frozen, x, weight, {});
  weight.mul_(2);
  EXPECT_LT(test::difference(linear(frozen, x, weight, {}), at::linear(x, weight)), 1e-4);
  auto taps = SampleRandom(1).normal({64, 64, 3, 3}) * 0.1;
  const auto tiles = frozen_convolution();
  const auto map = SampleRandom(3).normal({1, 64, 8, 8});
  convolution(tiles, map, taps, {}, 1, 1);
  taps.mul_(2);
  EXPECT_LT(test::difference(convolution(tiles, map, taps, {}, 1, 1), at::conv2d(map, taps, {}, 1, 1)), 1e-4);
}

TEST(Frozen, GatedGeluAndNormalisedSiluHaveTheirGradients) {
  expect_same([](const auto& x) { return gated_gelu(x); },
              [](const auto& x) {
                const auto halves = x.chunk(2, -1);
                return halves[0] * at::gelu(halves[1]);
              },
              SampleRandom(4).normal({3, 11, 20}));
  GroupNorm norm;
  norm.weight = SampleRandom(5).normal({64});
  norm.bias = SampleRandom(6).normal({64});
  norm.groups = 32;
  expect_same(
      [&](const auto& x) { return norm.then_silu(x); },
      [&](const auto& x) { return at::silu(at::group_norm(x, 32, norm.weight, norm.bias, norm.eps)); },
      SampleRandom(7).normal({2, 64, 6, 5}).contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace synood
