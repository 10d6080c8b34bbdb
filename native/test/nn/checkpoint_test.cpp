#include "nn/checkpoint.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "test/support/fixture.h"

namespace synood {
namespace {

at::Tensor leaf(at::IntArrayRef shape, int64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::kFloat).set_requires_grad(true);
}

TEST(Checkpoint, GivesTheGradientsOfThePlainBlock) {
  const auto x = leaf({4, 3}, 1), time = leaf({4, 3}, 2), weight = leaf({3, 3}, 3);
  const CheckpointBlock block = [&](const std::vector<at::Tensor>& in) {
    return at::tanh(at::matmul(in[0], weight) + in[1].square());
  };
  const auto gradients = [&](bool checkpointed) {
    // Intermediate tensors on both sides, so that the block lies inside a larger graph.
    const std::vector<at::Tensor> inputs{x * 2, at::sin(time)};
    const auto y = checkpointed ? checkpoint(block, inputs, {weight}) : block(inputs);
    return torch::autograd::grad({y.pow(3).sum()}, {x, time, weight});
  };
  const auto plain = gradients(false), again = gradients(true);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(at::equal(plain[i], again[i])) << i;
  EXPECT_FALSE(weight.grad().defined()) << "autograd::grad must not leave gradients in leaves";
}

TEST(Checkpoint, LeavesOutInputsThatNeedNoGradient) {
  const auto x = leaf({5}, 1), constant = leaf({5}, 2).detach();
  const auto y = checkpoint([](const auto& in) { return in[0] * in[1]; }, {x, constant});
  EXPECT_TRUE(at::equal(torch::autograd::grad({y.sum()}, {x})[0], constant));
}

TEST(Checkpoint, RunsTheBlockOnceWithoutGradientsAndTwiceWithThem) {
  int runs = 0;
  const CheckpointBlock block = [&](const auto& in) {
    ++runs;
    return in[0].exp();
  };
  const auto x = leaf({2}, 1);
  {
    const at::NoGradGuard no_grad;
    EXPECT_FALSE(checkpoint(block, {x}).requires_grad());
    EXPECT_EQ(runs, 1);
  }
  EXPECT_FALSE(checkpoint(block, {x.detach()}).requires_grad());
  EXPECT_EQ(runs, 2);
  torch::autograd::grad({checkpoint(block, {x}).sum()}, {x});
  EXPECT_EQ(runs, 4);
}

}  // namespace
}  // namespace synood
