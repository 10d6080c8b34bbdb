#include <gtest/gtest.h>

#include "diffusion/diffusion.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {
namespace {

class InpainterParity : public testing::TestWithParam<std::string> {};

// diffusers' StableDiffusionInpaintPipeline, DDIM and PNDM, strength 1 and .6, guidance 1 and 7.5: the
// latents after every step.
TEST_P(InpainterParity, EveryStepsLatentsAreDiffusers) {
  const auto folder = "inpaint/" + GetParam();
  const Pipeline models(folder);
  const auto golden = Fixture::open(folder);
  const auto inpainter = create_inpainter({}, models.unet, models.vae, models.text_encoder);
  const auto image = golden.tensor("image") * 2 - 1;
  const auto mask = golden.tensor("mask");
  const auto ids = golden.tensor("input_ids").contiguous(),
             negative = golden.tensor("negative_input_ids").contiguous();
  int cases = 0;
  const auto parameters = golden.parameters();
  for (const auto& about : parameters.at("cases")) {
    const std::string name = about.at("name");
    SCOPED_TRACE(name);
    InpaintRequest request;
    request.image = view(image);
    request.mask = view(mask);
    request.ids = view(ids);
    request.negative_ids = view(negative);
    request.strength = about.at("strength");
    request.guidance_scale = about.at("guidance_scale");
    request.steps = golden.parameters().at("num_inference_steps");
    request.scheduler = scheduler_spec(about.at("scheduler"));
    request.seeds = {1, 2};
    request.image_noise = view(golden.tensor("image_noise"));
    request.noise = view(golden.tensor("noise"));
    request.masked_image_noise = view(golden.tensor("masked_noise"));

    const auto expected = golden.tensor(name + "/latents");
    const auto times = golden.tensor(name + "/timesteps");
    int64_t steps = 0;
    const auto out = inpainter->inpaint(
        request,
        [&](const InpaintStep& step) {
          EXPECT_EQ(step.index, steps);
          EXPECT_EQ(step.total, expected.size(0));
          EXPECT_EQ(step.timestep, times[steps].item<double>());
          EXPECT_LT(difference(as_tensor(step.latents), expected[steps]), 1e-4) << "step " << steps;
          ++steps;
        },
        {});
    EXPECT_EQ(steps, expected.size(0));
    EXPECT_LT(difference(as_tensor(out), golden.tensor(name + "/images")), 1e-4);
    ++cases;
  }
  EXPECT_EQ(cases, 8);
}

INSTANTIATE_TEST_SUITE_P(BothLayouts, InpainterParity, testing::Values("pipeline-9ch", "pipeline-4ch"),
                         [](const auto& info) { return info.param == "pipeline-9ch" ? "Nine" : "Four"; });

}  // namespace
}  // namespace synood::test
