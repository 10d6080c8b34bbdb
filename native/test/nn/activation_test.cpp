#include "nn/activation.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "engine/random.h"
#include "synood/error.h"
#include "test/support/fixture.h"
#include "test/support/gradient.h"

namespace synood {
namespace {

TEST(Activation, ComputesItsFormula) {
  const auto x = SampleRandom(1).normal({7, 11}).to(at::kDouble);
  const auto expect = [&](const std::string& name, const at::Tensor& expected) {
    EXPECT_LT(test::difference(activate(parse_activation(name), x), expected), 1e-12) << name;
  };
  expect("quick_gelu", x / (1 + at::exp(-1.702 * x)));
  expect("gelu", x * 0.5 * (1 + at::erf(x / std::sqrt(2.0))));
  expect("silu", x / (1 + at::exp(-x)));
  expect("relu", at::where(x > 0, x, 0));
  EXPECT_THROW(parse_activation("mish"), Error);
}

// Restores the number of threads on the way out.
struct Threads {
  explicit Threads(int count) { at::set_num_threads(count); }
  ~Threads() { at::set_num_threads(before); }
  int before = at::get_num_threads();
};

// Sizes that neither vectors nor threads divide, and one where only three threads' shares are uneven.
TEST(Activation, AnElementsBitsDependOnNeitherPlaceNorThreads) {
  for (const auto& shape : std::vector<std::vector<int64_t>>{{3, 629}, {5, 77, 320}, {2, 128, 64, 64}}) {
    const auto x = SampleRandom(2).normal(shape), once = test::as_leaf(x), turned = test::as_leaf(x.flip(0));
    for (const std::string name : {"quick_gelu", "gelu", "silu"}) {
      const auto f = [&](const at::Tensor& y) { return activate(parse_activation(name), y); };
      at::Tensor first;
      for (const int count : {1, 2, 3}) {
        const Threads threads(count);
        const auto y = f(once);
        if (!first.defined()) first = y;
        EXPECT_TRUE(at::equal(y, first)) << name << shape << count;
        EXPECT_TRUE(at::equal(f(turned).flip(0), y)) << name << shape << count;
        EXPECT_TRUE(at::equal(test::gradient(f(turned).sum(), turned).flip(0), test::gradient(y.sum(), once)))
            << name << shape << count;
      }
    }
  }
}

}  // namespace
}  // namespace synood
