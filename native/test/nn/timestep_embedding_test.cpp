#include "nn/timestep_embedding.h"

#include <gtest/gtest.h>

#include <cmath>

#include "test/support/fixture.h"

namespace synood {
namespace {

TEST(TimestepEmbedding, IsTheSinusoidOfEachFrequency) {
  const auto timesteps = at::tensor({0.0, 7.0, 500.25, 981.0}, at::kDouble);
  for (const bool flip : {true, false}) {
    for (const double shift : {0.0, 1.0}) {
      const auto embedding = timestep_embedding(timesteps, 8, flip, shift);
      ASSERT_EQ(embedding.sizes(), at::IntArrayRef({4, 8}));
      for (int64_t n = 0; n < 4; ++n) {
        for (int64_t i = 0; i < 4; ++i) {
          const double angle =
              timesteps[n].item<double>() * std::pow(10000.0, -static_cast<double>(i) / (4 - shift));
          EXPECT_NEAR(embedding[n][flip ? i + 4 : i].item<double>(), std::sin(angle), 1e-4);
          EXPECT_NEAR(embedding[n][flip ? i : i + 4].item<double>(), std::cos(angle), 1e-4);
        }
      }
    }
  }
}

TEST(TimestepEmbedding, PadsAnOddSizeWithZero) {
  const auto embedding = timestep_embedding(at::tensor({3.0}), 5, true, 0);
  ASSERT_EQ(embedding.size(1), 5);
  EXPECT_EQ(embedding[0][4].item<float>(), 0);
}

}  // namespace
}  // namespace synood
