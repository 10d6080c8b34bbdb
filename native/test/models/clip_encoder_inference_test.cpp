// The encoder that computes in parts, without a way back, beside the plain one.

#include "models/clip_encoder_inference.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "models/clip_encoder_training.h"
#include "test/support/fixture.h"

namespace synood {
namespace {

using test::difference;

struct Setting {
  AttentionMask mask;
  int64_t samples, length, intermediate, layers;
};

class ClipEncoderInference : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    const auto& s = GetParam();
    encoder_ = ClipEncoder(
        store_.root(),
        {.size = 24, .intermediate = s.intermediate, .layers = s.layers, .heads = 3, .mask = s.mask});
    store_.finish();
    for (const auto& [name, parameter] : store_.parameters())
      if (parameter.dim() == 1)
        at::Tensor(parameter).add_(0.3 * at::sin(at::arange(parameter.numel()) * 1.7));
    x_ = at::sin(at::arange(s.samples * s.length * 24) * 0.37).view({s.samples, s.length, 24});
    tokens_ = (at::arange(s.samples, at::kLong) * 5 + 2) % s.length;
  }

  ParameterStore store_{WeightSource{{}, 5}, Runtime{}};
  ClipEncoder encoder_;
  at::Tensor x_, tokens_;
};

TEST_P(ClipEncoderInference, IsThePlainEncoder) {
  const auto before = x_.clone();
  std::vector<at::Tensor> expected;
  {
    const at::AutoGradMode on(true);
    ASSERT_FALSE(infers(encoder_, x_));
    expected = {encoder_(x_), encoder_(x_, 1), plain_pooled_state(encoder_, x_, tokens_)};
  }
  const at::NoGradGuard no_grad;
  ASSERT_TRUE(infers(encoder_, x_));
  const std::vector<at::Tensor> found{encoder_(x_), encoder_(x_, 1), pooled_state(encoder_, x_, tokens_)};
  for (size_t i = 0; i < found.size(); ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-5) << i;
  EXPECT_TRUE(at::equal(x_, before));
}

TEST_P(ClipEncoderInference, ASamplesBitsDoNotDependOnItsPlace) {
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::equal(encoder_(x_.flip(0)).flip(0), encoder_(x_)));
  const auto pooled = pooled_state(encoder_, x_, tokens_);
  EXPECT_TRUE(at::equal(pooled_state(encoder_, x_.flip(0), tokens_.flip(0)).flip(0), pooled));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ClipEncoderInference,
                         testing::Values(Setting{AttentionMask::none, 5, 17, 40, 3},
                                         Setting{AttentionMask::causal, 5, 17, 40, 3},
                                         Setting{AttentionMask::causal, 3, 7, 40, 1},
                                         // samples so wide that they are parts of their own
                                         Setting{AttentionMask::none, 3, 600, 8192, 2},
                                         Setting{AttentionMask::causal, 6, 300, 8192, 2}));

}  // namespace
}  // namespace synood
