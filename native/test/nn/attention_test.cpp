#include "nn/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/random.h"
#include "test/support/fixture.h"

namespace synood {
namespace {

// Position by position in double, as the formula reads.
at::Tensor by_hand(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads,
                   bool causal) {
  const auto n = q.size(0), length = q.size(1), keys = k.size(1), size = q.size(2) / heads;
  auto out = at::zeros(q.sizes(), at::kDouble);
  const auto Q = q.to(at::kDouble), K = k.to(at::kDouble), V = v.to(at::kDouble);
  for (int64_t b = 0; b < n; ++b) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t i = 0; i < length; ++i) {
        const auto visible = causal ? i + 1 : keys;
        const auto here = [&](const at::Tensor& t) {
          return t[b].narrow(1, h * size, size).narrow(0, 0, visible);
        };
        const auto row = Q[b][i].narrow(0, h * size, size);
        const auto weights = at::softmax(at::mv(here(K), row) / std::sqrt(static_cast<double>(size)), 0);
        out[b][i].narrow(0, h * size, size).copy_(at::mv(here(V).t(), weights));
      }
    }
  }
  return out;
}

TEST(Attention, BothWaysComputeTheFormula) {
  SampleRandom random(3);
  const auto q = random.normal({2, 9, 12}), k = random.normal({2, 9, 12}), v = random.normal({2, 9, 12});
  const auto far_k = random.normal({2, 5, 12}), far_v = random.normal({2, 5, 12});
  for (const auto way : {plain_attention, fused_attention}) {
    EXPECT_LT(test::difference(way(q, k, v, 3, AttentionMask::none), by_hand(q, k, v, 3, false)), 1e-6);
    EXPECT_LT(test::difference(way(q, k, v, 3, AttentionMask::causal), by_hand(q, k, v, 3, true)), 1e-6);
    EXPECT_LT(
        test::difference(way(q, far_k, far_v, 2, AttentionMask::none), by_hand(q, far_k, far_v, 2, false)),
        1e-6);
  }
}

}  // namespace
}  // namespace synood
