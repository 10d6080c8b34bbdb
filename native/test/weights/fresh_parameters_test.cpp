#include <gtest/gtest.h>

#include "weights/parameters.h"

namespace synood {
namespace {

at::Tensor drawn(uint64_t seed, const std::string& name, Init init) {
  ParameterStore store({{}, seed}, {});
  return store.root().take(name, {64, 128}, init);
}

TEST(FreshParameters, DependOnSeedAndFullNameAlone) {
  ParameterStore forwards({{}, 7}, {}), backwards({{}, 7}, {});
  const auto init = Init::normal(1);
  const auto a = forwards.root().sub("x").take("a", {8}, init), b = forwards.root().take("b", {8}, init);
  const auto b2 = backwards.root().take("b", {8}, init), a2 = backwards.root().take("x.a", {8}, init);
  EXPECT_TRUE(at::equal(a, a2));
  EXPECT_TRUE(at::equal(b, b2));
  EXPECT_FALSE(at::equal(a, b));
  EXPECT_FALSE(at::equal(drawn(7, "a", init), drawn(8, "a", init)));
}

TEST(FreshParameters, FollowTheirDistribution) {
  const auto normal = drawn(1, "n", Init::normal(0.02));
  EXPECT_NEAR(normal.mean().item<double>(), 0, 1e-3);
  EXPECT_NEAR(normal.std().item<double>(), 0.02, 1e-3);
  const auto uniform = drawn(1, "u", Init::fan_in(16));
  EXPECT_LE(uniform.abs().max().item<double>(), 0.25);
  EXPECT_NEAR(uniform.std().item<double>(), 0.25 / std::sqrt(3.0), 5e-3);
  EXPECT_TRUE(at::equal(drawn(1, "o", Init::ones()), at::ones({64, 128})));
  EXPECT_TRUE(at::equal(drawn(1, "c", Init::constant(3)), at::full({64, 128}, 3.f)));
}

TEST(FreshParameters, StateListsParametersThenBuffersByName) {
  ParameterStore store({{}, 1}, {});
  store.root().take_buffer("mean", {2}, Init::zeros());
  store.root().sub("layer").sub(0).take("weight", {3}, Init::ones());
  store.finish();
  const auto state = store.state();
  ASSERT_EQ(state.size(), 2u);
  EXPECT_EQ(state[0].name, "layer.0.weight");
  EXPECT_EQ(state[0].tensor.data, std::vector<float>(3, 1.f));
  EXPECT_EQ(state[1].name, "mean");
  EXPECT_EQ(state[1].tensor.shape, std::vector<int64_t>{2});
}

}  // namespace
}  // namespace synood
