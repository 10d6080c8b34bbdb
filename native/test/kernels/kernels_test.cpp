#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/random.h"
#include "kernels/gated_gelu.h"
#include "kernels/group_norm_silu.h"
#include "kernels/swish.h"
#include "test/support/fixture.h"

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
      kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                               bias.const_data_ptr<float>(), y.data_ptr<float>(), mean.data_ptr<float>(),
                               rstd.data_ptr<float>(), {shape[0], shape[2] * shape[3], shape[1], groups},
                               1e-5f, silu);
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

}  // namespace
}  // namespace synood
