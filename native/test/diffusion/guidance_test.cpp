#include "diffusion/guidance.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/random.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood::test {
namespace {

class Guidance : public testing::TestWithParam<std::string> {
 protected:
  Guidance() : golden(Fixture::open("unet/" + GetParam())), unet(load()) {
    at::set_num_threads(threads);  // as an engine does
  }
  ~Guidance() override { at::set_num_threads(threads); }

  std::shared_ptr<UnetModel> load(const Runtime& runtime = {}) const {
    return load_unet(runtime, unet_spec(golden.config()), golden.weight_source("diffusion_pytorch_model"));
  }
  at::Tensor draw(at::IntArrayRef shape, uint64_t seed) const { return SampleRandom(seed).normal(shape); }
  UnetAdded added() const {
    if (!golden.has("text_embeds")) return {};
    return {golden.tensor("text_embeds").repeat({2, 1}), golden.tensor("time_ids").repeat({2, 1}), {}};
  }
  GuidedUnet guided(std::shared_ptr<TextMemory> memory = nullptr) const {
    return {*unet, {}, 3, prompt, negative, extra, added(), std::move(memory)};
  }

  const int threads = at::get_num_threads();
  Fixture golden;
  std::shared_ptr<UnetModel> unet;
  int64_t width = unet->spec().cross_attention_dim;
  at::Tensor prompt = draw({2, 7, width}, 1), negative = draw({2, 7, width}, 2),
             latents = draw({2, 4, 16, 16}, 3);
  at::Tensor extra = unet->spec().in_channels == 9 ? draw({2, 5, 16, 16}, 4) : at::Tensor();
  const at::NoGradGuard no_grad;
};

TEST_P(Guidance, KeptKeysAndValuesChangeNoBit) {
  const auto one = guided();
  ASSERT_TRUE(one.memory());
  for (const double time : {900.0, 300.0}) {
    const auto fresh = guided();
    EXPECT_FALSE(fresh.memory() == one.memory());
    EXPECT_TRUE(at::equal(one(latents, time), fresh(latents, time)));
    EXPECT_TRUE(at::equal(one.outputs(latents, time).combined(), fresh.outputs(latents, time).combined()));
  }
  // As a denoiser computes them that keeps none.
  const auto context = at::cat({negative, prompt});
  const auto all = at::cat({latents, latents});
  auto input = all;
  if (extra.defined()) input = at::cat({all, at::cat({extra, extra})}, 1);
  const auto output = unet->forward_with(input, at::full({4}, 300.0, at::kFloat), context, added()).chunk(2);
  EXPECT_TRUE(at::equal(one(latents, 300), (GuidedOutput{output[0], output[1], 3}.combined())));
  EXPECT_GT(one.memory()->keys[0]->layers(), 0u);
}

TEST_P(Guidance, TheSameTextTakesTheMemoryAndAnotherOrOtherWeightsDoNot) {
  const auto memory = guided().memory();
  EXPECT_EQ(guided(memory).memory(), memory);
  const auto kept = std::exchange(prompt, prompt.clone());
  EXPECT_NE(guided(memory).memory(), memory);
  prompt = kept;
  EXPECT_EQ(guided(memory).memory(), memory);
  unet->store().parameters().front().second.mul_(1);
  EXPECT_NE(guided(memory).memory(), memory);
  unet->store().parameters().front().second.requires_grad_(true);
  EXPECT_FALSE(guided(memory).memory());
}

TEST_P(Guidance, SideBySideAgreesAndNoPlaceMatters) {
  at::set_num_threads(2);
  const auto unet = guided();
  ASSERT_TRUE(unet.side_by_side(latents));
  const auto apart = unet.outputs(latents, 500).combined();
  // Each in float32 against the same model in float64; in float64 against each other.
  const auto together = unet(latents, 500);
  {
    const auto wide = [](const at::Tensor& x) { return x.defined() ? x.to(at::kDouble) : x; };
    const auto model = load({at::kCPU, at::kDouble});
    auto texts = added();
    texts.text_embeds = wide(texts.text_embeds);
    texts.time_ids = wide(texts.time_ids);
    const GuidedUnet exact{*model, {}, 3, wide(prompt), wide(negative), wide(extra), texts, nullptr};
    const auto expected = exact(wide(latents), 500);
    EXPECT_LT(difference(apart, expected), 1e-5);
    EXPECT_LT(difference(together, expected), 1e-5);
    ASSERT_TRUE(exact.side_by_side(wide(latents)));
    EXPECT_LT(difference(exact.outputs(wide(latents), 500).combined(), expected), 1e-6);
  }
  EXPECT_TRUE(at::equal(apart, unet.outputs(latents, 500).combined()));

  prompt = prompt.flip(0);
  negative = negative.flip(0);
  if (extra.defined()) extra = extra.flip(0);
  const auto swapped = guided();
  if (!golden.has("text_embeds")) {
    EXPECT_TRUE(at::equal(swapped.outputs(latents.flip(0), 500).combined().flip(0), apart));
  }
  {
    const at::AutoGradMode recording(true);
    EXPECT_FALSE(unet.side_by_side(latents));
  }
  EXPECT_FALSE(unet.side_by_side(at::zeros({2, 4, 512, 512})));
  at::set_num_threads(3);
  EXPECT_FALSE(guided().side_by_side(latents));
}

// OpenMP's threads belong to the thread that starts them, so this one's are new to LibTorch.
TEST_P(Guidance, TheFirstCallIsTheSecondAlsoWithAnotherEnginesNumberOfThreads) {
  at::Tensor first, second;
  std::thread job([&] {
    const at::NoGradGuard no_grad;
    at::get_num_threads();
    at::set_num_threads(2);
    std::thread([] { at::set_num_threads(1); }).join();
    const auto unet = guided();
    ASSERT_TRUE(unet.side_by_side(latents));
    first = unet.outputs(latents, 500).combined();
    second = unet.outputs(latents, 500).combined();
  });
  job.join();
  EXPECT_TRUE(at::equal(first, second));
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Guidance, testing::Values("sd1-4ch", "sd2-9ch", "xl-9ch"),
                         [](const auto& info) {
                           auto name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace synood::test
