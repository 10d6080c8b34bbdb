#include "nn/frozen.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "engine/random.h"
#include "engine/thread_loop.h"
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

// Of a layer that is called for the first time, and of one that was called with another number of rows or
// another size of map before: also the bits.
TEST(Frozen, WhatWasComputedBeforeChangesNoBit) {
  const auto weight = SampleRandom(1).normal({96, 384}) * 0.1, taps = SampleRandom(2).normal({64, 64, 3, 3}),
             small = SampleRandom(3).normal({256, 128, 1, 1});
  const auto rows = SampleRandom(4).normal({300, 384});
  const auto maps = SampleRandom(5).normal({4, 128, 12, 12}).contiguous(at::MemoryFormat::ChannelsLast);
  for (const int64_t n : {1, 2, 4, 300}) {
    const auto x = rows.narrow(0, 0, n);
    const auto first = linear(frozen_linear(), x, weight, {});
    for (const int64_t before : {1, 2, 4, 300}) {
      const auto frozen = frozen_linear();
      linear(frozen, rows.narrow(0, 0, before), weight, {});
      EXPECT_TRUE(at::equal(linear(frozen, x, weight, {}), first)) << n << " rows after " << before;
    }
  }
  for (const auto& [kernel, stride] : {std::pair(taps, 1), std::pair(taps, 2), std::pair(small, 1)}) {
    const auto padding = kernel.size(2) / 2;
    const auto map = [&](int64_t n, int64_t side) {
      return maps.narrow(0, 0, n)
          .narrow(1, 0, kernel.size(1))
          .narrow(2, 0, side)
          .narrow(3, 0, side)
          .contiguous(at::MemoryFormat::ChannelsLast);
    };
    for (const int64_t side : {4, 12}) {
      for (const int64_t n : {1, 4}) {
        const auto first = convolution(frozen_convolution(), map(n, side), kernel, {}, stride, padding);
        const auto frozen = frozen_convolution();
        convolution(frozen, map(5 - n, 16 - side), kernel, {}, stride, padding);
        EXPECT_TRUE(at::equal(convolution(frozen, map(n, side), kernel, {}, stride, padding), first));
      }
    }
  }
}

TEST(Frozen, ThreadsThatMeetAtAFreshLayerGetWhatOneGets) {
  const auto weight = SampleRandom(1).normal({1024, 256}), taps = SampleRandom(2).normal({256, 256, 3, 3});
  const auto rows = SampleRandom(4).normal({2, 256});
  const auto map = SampleRandom(5).normal({1, 256, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto product = [&](const auto& frozen) { return linear(frozen, rows, weight, {}); };
  const auto tiles = [&](const auto& frozen) { return convolution(frozen, map, taps, {}, 1, 1); };
  const auto direct = [&](const auto& frozen) { return convolution(frozen, map, taps, {}, 2, 1); };
  const auto expect_one_result = [](const auto& fresh, const auto& layer) {
    const auto expected = layer(fresh());
    for (int round = 0; round < 20; ++round) {
      const auto frozen = fresh();
      std::atomic<int> here = 0;
      std::array<at::Tensor, 2> found;
      thread_loop(0, 2, 1, 2, [&](int64_t first, int64_t) {
        const at::NoGradGuard no_grad;
        for (++here; here < 2;) std::this_thread::yield();
        found[first] = layer(frozen);
      });
      for (const auto& one : found) ASSERT_TRUE(at::equal(one, expected)) << "in round " << round;
    }
  };
  expect_one_result(frozen_linear, product);
  expect_one_result(frozen_convolution, tiles);
  expect_one_result(frozen_convolution, direct);
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
