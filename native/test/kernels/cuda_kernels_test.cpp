#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "engine/cuda_launch.h"
#include "engine/device.h"
#include "engine/random.h"
#include "kernels/gated_gelu.h"
#include "kernels/group_norm_silu.h"
#include "kernels/grouped_softmax.h"
#include "kernels/guided_step.h"
#include "kernels/noise_update.h"
#include "test/support/fixture.h"

namespace synood {
namespace {

// Each CUDA kernel beside its CPU twin, on the same numbers. Half precision is rounded once at the end: a
// share of the result's magnitude.
class CudaKernels : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cuda_device_count() == 0) GTEST_SKIP() << "no CUDA device";
    ASSERT_TRUE(kernels::cuda::available()) << "a CUDA core was built without nvcc";
  }

  struct Type {
    at::ScalarType type;
    double bound;
  };
  static std::vector<Type> types() { return {{at::kFloat, 1e-5}, {at::kHalf, 4e-3}, {at::kBFloat16, 3e-2}}; }

  // On the device in a type, and what the CPU then starts from: the same rounded numbers.
  struct Both {
    at::Tensor device, host;
  };
  static Both both(const at::Tensor& x, at::ScalarType type) {
    const auto rounded = x.to(type);
    return {rounded.to(at::kCUDA), rounded.to(at::kFloat)};
  }
  static at::Tensor on_host(const at::Tensor& x) { return x.to(at::kCPU).to(at::kFloat); }
};

TEST_F(CudaKernels, GroupNormSiluAndItsWayBack) {
  const auto order = at::MemoryFormat::ChannelsLast;
  for (const auto& size :
       std::vector<std::vector<int64_t>>{{2, 64, 9, 7}, {1, 320, 16, 16}, {3, 96, 17, 5}}) {
    const kernels::GroupNormShape shape{size[0], size[2] * size[3], size[1], 32};
    for (const auto [type, bound] : types()) {
      for (const bool silu : {true, false}) {
        const auto x = both((SampleRandom(1).normal(size) + 3).contiguous(order), type);
        const auto dy = both(SampleRandom(2).normal(size).contiguous(order), type);
        const auto w = both(SampleRandom(3).normal({size[1]}), type),
                   b = both(SampleRandom(4).normal({size[1]}), type);
        const auto sums = at::empty({kernels::group_norm_workspace(shape)});
        auto y = at::empty_like(x.host), dx = at::empty_like(x.host), mean = at::empty({size[0], 32}),
             rstd = at::empty_like(mean);
        kernels::group_norm_silu(x.host.const_data_ptr<float>(), w.host.const_data_ptr<float>(),
                                 b.host.const_data_ptr<float>(), y.data_ptr<float>(), mean.data_ptr<float>(),
                                 rstd.data_ptr<float>(), sums.data_ptr<float>(), shape, 1e-5f, silu);
        kernels::group_norm_silu_backward(dy.host.const_data_ptr<float>(), x.host.const_data_ptr<float>(),
                                          w.host.const_data_ptr<float>(), b.host.const_data_ptr<float>(),
                                          mean.const_data_ptr<float>(), rstd.const_data_ptr<float>(),
                                          dx.data_ptr<float>(), sums.data_ptr<float>(), shape, silu);

        const auto space = sums.to(at::kCUDA);
        auto y2 = at::empty_like(x.device), dx2 = at::empty_like(x.device), mean2 = mean.to(at::kCUDA),
             rstd2 = rstd.to(at::kCUDA);
        kernels::cuda::group_norm_silu(x.device.const_data_ptr(), w.device.const_data_ptr(),
                                       b.device.const_data_ptr(), y2.data_ptr(), mean2.data_ptr<float>(),
                                       rstd2.data_ptr<float>(), space.data_ptr<float>(), shape, 1e-5f, silu,
                                       CudaLaunch(x.device));
        kernels::cuda::group_norm_silu_backward(
            dy.device.const_data_ptr(), x.device.const_data_ptr(), w.device.const_data_ptr(),
            b.device.const_data_ptr(), mean2.const_data_ptr<float>(), rstd2.const_data_ptr<float>(),
            dx2.data_ptr(), space.data_ptr<float>(), shape, silu, CudaLaunch(x.device));
        EXPECT_LT(test::relative_difference(on_host(mean2), mean), 1e-5) << type;
        EXPECT_LT(test::relative_difference(on_host(rstd2), rstd), 1e-5) << type;
        EXPECT_LT(test::relative_difference(on_host(y2), y), bound) << type << silu;
        EXPECT_LT(test::relative_difference(on_host(dx2), dx), bound) << type << silu;
      }
    }
  }
}

TEST_F(CudaKernels, GatedGelu) {
  for (const auto [type, bound] : types()) {
    const auto x = both(SampleRandom(1).normal({7, 2 * 53}) * 3, type);
    auto y = at::empty({7, 53}), y2 = at::empty({7, 53}, x.device.options());
    kernels::gated_gelu(x.host.const_data_ptr<float>(), y.data_ptr<float>(), 7, 53);
    kernels::cuda::gated_gelu(x.device.const_data_ptr(), y2.data_ptr(), 7, 53, CudaLaunch(x.device));
    EXPECT_LT(test::relative_difference(on_host(y2), y), bound) << type;
  }
}

TEST_F(CudaKernels, GuidedStep) {
  const kernels::StepFormula formula{7.5f, 1.2f, -0.7f, 0.8f, 0.1f, 0.9f, 0.95f, 0.3f, 0.05f};
  const auto x = SampleRandom(3).normal({1003}), n = SampleRandom(4).normal({1003});
  const auto x2 = x.to(at::kCUDA), n2 = n.to(at::kCUDA);
  for (const auto [type, bound] : types()) {
    const auto u = both(SampleRandom(1).normal({1003}), type), c = both(SampleRandom(2).normal({1003}), type);
    auto y = at::empty_like(x), y2 = at::empty_like(x2);
    kernels::guided_step(u.host.const_data_ptr<float>(), c.host.const_data_ptr<float>(),
                         x.const_data_ptr<float>(), n.const_data_ptr<float>(), y.data_ptr<float>(), 1003,
                         formula);
    kernels::cuda::guided_step(u.device.const_data_ptr(), c.device.const_data_ptr(),
                               x2.const_data_ptr<float>(), n2.const_data_ptr<float>(), y2.data_ptr<float>(),
                               1003, formula, CudaLaunch(u.device));
    EXPECT_LT(test::relative_difference(on_host(y2), y), 1e-5) << type;
    kernels::guided_step(u.host.const_data_ptr<float>(), nullptr, x.const_data_ptr<float>(), nullptr,
                         y.data_ptr<float>(), 1003, formula);
    kernels::cuda::guided_step(u.device.const_data_ptr(), nullptr, x2.const_data_ptr<float>(), nullptr,
                               y2.data_ptr<float>(), 1003, formula, CudaLaunch(u.device));
    EXPECT_LT(test::relative_difference(on_host(y2), y), 1e-5) << type;
  }
}

TEST_F(CudaKernels, GroupedSoftmax) {
  const kernels::LabelGroups labels{300, 10, 1049};
  const auto positive = SampleRandom(1).normal({9, 300}) * 9,
             negative = SampleRandom(2).normal({9, 10490}) * 9;
  const auto positive2 = positive.to(at::kCUDA), negative2 = negative.to(at::kCUDA);
  auto scores = at::empty({9}), scores2 = at::empty({9}, positive2.options());
  kernels::grouped_softmax(positive.const_data_ptr<float>(), negative.const_data_ptr<float>(),
                           scores.data_ptr<float>(), 9, labels);
  kernels::cuda::grouped_softmax(positive2.const_data_ptr<float>(), negative2.const_data_ptr<float>(),
                                 scores2.data_ptr<float>(), 9, labels, CudaLaunch(positive2));
  EXPECT_LT(test::difference(on_host(scores2), scores), 1e-5);
}

TEST_F(CudaKernels, NoiseUpdate) {
  const auto noise = SampleRandom(1).normal({4, 33, 17}),
             gradient = SampleRandom(2).normal({4, 33, 17}) * 3e-4;
  const auto noise2 = noise.to(at::kCUDA);
  for (const bool normalised : {true, false}) {
    for (const auto& g : {gradient, at::zeros_like(gradient)}) {
      const auto g2 = g.to(at::kCUDA);
      auto y = at::empty_like(noise), y2 = at::empty_like(noise2);
      kernels::noise_update(noise.const_data_ptr<float>(), g.const_data_ptr<float>(), y.data_ptr<float>(),
                            noise.numel(), 0.25f, normalised);
      kernels::cuda::noise_update(noise2.const_data_ptr<float>(), g2.const_data_ptr<float>(),
                                  y2.data_ptr<float>(), noise.numel(), 0.25f, normalised, CudaLaunch(noise2));
      EXPECT_LT(test::difference(on_host(y2), y), 1e-5) << normalised;
    }
  }
}

}  // namespace
}  // namespace synood
