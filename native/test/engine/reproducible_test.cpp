#include "engine/reproducible.h"

#include <gtest/gtest.h>

namespace synood {
namespace {

// Before main(), and so before the first product of any test, as the core does it before an engine opens.
[[maybe_unused]] const bool asked = (ask_for_reproducible_products(), true);

// At one shape a row's bits do not depend on its place. Two columns or more: a matrix times a vector is
// another routine, and no model has such a layer.
TEST(Reproducible, ARowOfAProductDoesNotDependOnItsPlace) {
  const int64_t sizes[][2] = {{32, 32}, {320, 1280}, {1280, 320}, {6, 5}, {64, 10}, {768, 768}};
  for (const auto [in, out] : sizes) {
    const auto weight = at::randn({out, in}), bias = at::randn({out}), row = at::randn({1, in});
    for (int64_t rows = 1; rows <= 40; ++rows) {
      const auto y = at::linear(row.expand({rows, in}).contiguous(), weight, bias);
      EXPECT_TRUE(y.equal(y.slice(0, 0, 1).expand_as(y))) << rows << " rows, " << in << " to " << out;
    }
  }
}

}  // namespace
}  // namespace synood
