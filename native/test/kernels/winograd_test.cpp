#include "kernels/winograd.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/random.h"
#include "nn/winograd_weight.h"

namespace synood {
namespace {

using kernels::Direction;
using kernels::Resampling;

struct Problem {
  at::Tensor x, weight, bias;

  Problem(int64_t batch, int64_t in, int64_t out, int64_t height, int64_t width)
      : x(SampleRandom(1).normal({batch, in, height, width}).contiguous(at::MemoryFormat::ChannelsLast)),
        weight(SampleRandom(2).normal({out, in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(in))),
        bias(SampleRandom(3).normal({out})) {}

  at::Tensor ours(Resampling resampling = Resampling::none) const {
    return WinogradWeight().convolution(x, weight, bias, resampling);
  }
};

double root_mean_square(const at::Tensor& x) {
  return x.to(at::kDouble).square().mean().sqrt().item<double>();
}

// Results are of size one. In double precision nothing is left of the method's error but rounding; the direct
// sum's is 2e-7 to 4e-7.
void expect_close(const at::Tensor& found, const at::Tensor& exact) {
  ASSERT_EQ(found.sizes(), exact.sizes());
  const auto error = found.to(at::kDouble) - exact;
  EXPECT_LT(root_mean_square(error), 2.5e-6);
  EXPECT_LT(error.abs().max().item<double>(), 4e-5);
}

const std::vector<Problem>& problems() {
  // One tile, borders in every place of a tile, many blocks, more channels than are transformed at a time.
  static const std::vector<Problem> all{{1, 32, 32, 4, 4},   {2, 64, 96, 10, 6},   {3, 32, 64, 7, 13},
                                        {1, 96, 32, 33, 5},  {1, 32, 32, 1, 2},    {2, 160, 64, 9, 11},
                                        {1, 64, 32, 60, 58}, {1, 1280, 32, 12, 12}};
  return all;
}

TEST(Winograd, IsTheConvolutionInDoublePrecision) {
  for (const auto& problem : problems()) {
    SCOPED_TRACE(problem.x.sizes());
    expect_close(problem.ours(), at::conv2d(problem.x.to(at::kDouble), problem.weight.to(at::kDouble),
                                            problem.bias.to(at::kDouble), 1, 1));
  }
}

TEST(Winograd, ErrsAtMostSevenTimesAsMuchAsTheDirectSum) {
  const Problem problem(2, 320, 64, 16, 16);
  const auto exact = at::conv2d(problem.x.to(at::kDouble), problem.weight.to(at::kDouble),
                                problem.bias.to(at::kDouble), 1, 1);
  const auto direct = at::conv2d(problem.x, problem.weight, problem.bias, 1, 1);
  EXPECT_LT(root_mean_square(problem.ours() - exact), 7 * root_mean_square(direct - exact));
}

TEST(Winograd, ReadsARepeatedMapAndSumsItsWayBack) {
  for (const auto& problem : problems()) {
    SCOPED_TRACE(problem.x.sizes());
    const auto x = problem.x.to(at::kDouble), weight = problem.weight.to(at::kDouble),
               bias = problem.bias.to(at::kDouble);
    const auto height = x.size(2), width = x.size(3);
    expect_close(problem.ours(Resampling::repeat),
                 at::conv2d(at::upsample_nearest2d(x, {2 * height, 2 * width}), weight, bias, 1, 1));
    if (height % 2 != 0 || width % 2 != 0) continue;
    const auto mean = at::avg_pool2d(at::conv2d(x, weight, {}, 1, 1), {2, 2});
    // Four results of size one are added.
    expect_close(problem.ours(Resampling::sum) / 4, mean + bias.view({1, -1, 1, 1}) / 4);
  }
}

// One copy of the weight serves both ways: the bits are those of a copy that is turned beforehand.
TEST(Winograd, ReadsAWeightThatIsPackedForwardsOnTheWayBack) {
  for (const auto& problem : problems()) {
    SCOPED_TRACE(problem.x.sizes());
    const auto turned = problem.weight.transpose(0, 1).flip({2, 3}).contiguous();
    const auto dy =
        SampleRandom(4)
            .normal({problem.x.size(0), problem.weight.size(0), problem.x.size(2), problem.x.size(3)})
            .contiguous(at::MemoryFormat::ChannelsLast);
    for (const auto resampling : {Resampling::none, Resampling::sum}) {
      if (resampling == Resampling::sum && (dy.size(2) % 2 != 0 || dy.size(3) % 2 != 0)) continue;
      EXPECT_TRUE(at::equal(WinogradWeight().gradient(dy, problem.weight, resampling),
                            WinogradWeight().convolution(dy, turned, {}, resampling)));
    }
  }
}

TEST(Winograd, ASamplesBitsDependNeitherOnTheBatchNorOnThreads) {
  const Problem problem(5, 96, 64, 22, 17);
  const auto y = problem.ours();
  for (int64_t n = 0; n < 5; ++n) {
    auto alone = problem;
    alone.x = problem.x.narrow(0, n, 1).contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(at::equal(alone.ours()[0], y[n])) << "sample " << n;
  }
  auto packed = at::empty_like(problem.weight);
  kernels::winograd_pack(problem.weight.const_data_ptr<float>(), packed.data_ptr<float>(), 96, 64);
  const kernels::WinogradShape shape{5, 22, 17, 96, 64};
  for (const int64_t threads : {1, 2, 3, 16}) {
    auto again = at::empty_like(y);
    auto workspace = at::empty({kernels::winograd_workspace(shape, threads)});
    kernels::winograd_convolution(problem.x.const_data_ptr<float>(), packed.const_data_ptr<float>(),
                                  problem.bias.const_data_ptr<float>(), again.data_ptr<float>(),
                                  workspace.data_ptr<float>(), shape, Resampling::none, Direction::forward,
                                  threads);
    EXPECT_TRUE(at::equal(again, y)) << threads << " threads";
  }
}

// Of all that this processor has, not of the fastest alone: other machines have less.
TEST(Winograd, IsTheConvolutionWithEveryKindOfVectors) {
  using kernels::Vectors;
  int64_t ran = 0;
  for (const auto vectors : {Vectors::plain, Vectors::avx2, Vectors::avx512}) {
    if (!kernels::winograd_runs(vectors)) continue;
    ++ran;
    for (const auto& problem : problems()) {
      SCOPED_TRACE(static_cast<int>(vectors));
      SCOPED_TRACE(problem.x.sizes());
      const auto& x = problem.x;
      const kernels::WinogradShape shape{x.size(0), x.size(2), x.size(3), x.size(1), problem.weight.size(0)};
      auto packed = at::empty_like(problem.weight);
      kernels::winograd_pack(problem.weight.const_data_ptr<float>(), packed.data_ptr<float>(), shape.in,
                             shape.out);
      auto y = at::empty({shape.batch, shape.out, shape.height, shape.width}, x.options(),
                         at::MemoryFormat::ChannelsLast);
      auto workspace = at::empty({kernels::winograd_workspace(shape, 2)});
      kernels::winograd_convolution(x.const_data_ptr<float>(), packed.const_data_ptr<float>(),
                                    problem.bias.const_data_ptr<float>(), y.data_ptr<float>(),
                                    workspace.data_ptr<float>(), shape, Resampling::none, Direction::forward,
                                    2, vectors);
      expect_close(y, at::conv2d(x.to(at::kDouble), problem.weight.to(at::kDouble),
                                 problem.bias.to(at::kDouble), 1, 1));

      const kernels::WinogradShape back{shape.batch, shape.height, shape.width, shape.out, shape.in};
      auto dx = at::empty_like(x);
      workspace = at::empty({kernels::winograd_workspace(back, 2)});
      kernels::winograd_convolution(y.const_data_ptr<float>(), packed.const_data_ptr<float>(), nullptr,
                                    dx.data_ptr<float>(), workspace.data_ptr<float>(), back, Resampling::none,
                                    Direction::back, 2, vectors);
      const auto exact = at::conv_transpose2d(y.to(at::kDouble), problem.weight.to(at::kDouble), {}, 1, 1);
      const auto size = root_mean_square(exact);
      expect_close(dx / size, exact / size);
    }
  }
  EXPECT_GE(ran, 1);
}

}  // namespace
}  // namespace synood
