#include <gtest/gtest.h>

#include "diffusion/diffusion.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {
namespace {

// The rows of ids that a case takes: the same for all samples, or one each.
at::Tensor rows_of(const at::Tensor& ids, int64_t count) {
  return (ids.size(0) == 1 ? ids.expand({count, -1}) : ids.narrow(0, 0, count)).contiguous();
}

// What a golden folder's cases were run with, kept while a request looks at it.
struct GivenCase {
  GivenCase(const Fixture& golden, const nlohmann::json& about, bool two_encoders) {
    image = golden.tensor("image") * 2 - 1;
    const auto count = image.size(0);
    const bool unset = about.at("negative_prompt").is_null();
    const std::string negative_name = unset ? "empty_ids" : "negative_input_ids";
    ids = rows_of(golden.tensor("input_ids"), count);
    negative = rows_of(golden.tensor(negative_name), count);
    request.image = view(image);
    request.mask = view(golden.tensor("mask"));
    request.ids = view(ids);
    request.negative_ids = view(negative);
    if (two_encoders) {
      ids_2 = rows_of(golden.tensor("input_ids_2"), count);
      negative_2 = rows_of(golden.tensor(negative_name + "_2"), count);
      request.ids_2 = view(ids_2);
      request.negative_ids_2 = view(negative_2);
      for (int64_t row = 0; unset && row < count; ++row) request.zero_negative.push_back(row);
    }
    if (about.at("name") == "sizes") {
      time_ids = at::tensor({96.0f, 64.0f, 3.0f, 7.0f, 48.0f, 40.0f}).repeat({count, 1});
      request.time_ids = view(time_ids);
    }
    request.strength = about.at("strength");
    request.guidance_scale = about.at("guidance_scale");
    request.steps = about.at("steps");
    request.scheduler = scheduler_spec(about.at("scheduler"));
    request.seeds.assign(static_cast<size_t>(count), 1);
    request.image_noise = view(golden.tensor("image_noise"));
    request.noise = view(golden.tensor("noise"));
    request.masked_image_noise = view(golden.tensor("masked_noise"));
    request.step_noise = view(golden.tensor("step_noise"));
  }
  InpaintRequest request;
  at::Tensor image, ids, negative, ids_2, negative_2, time_ids;
};

// The latents after every step and the picture, of every case of a folder.
void expect_diffusers(Inpainter& inpainter, const std::string& folder, bool two_encoders, size_t count) {
  const auto golden = Fixture::open(folder);
  const auto cases = golden.parameters().at("cases");
  EXPECT_EQ(cases.size(), count);
  for (const auto& about : cases) {
    const std::string name = about.at("name");
    SCOPED_TRACE(folder + " " + name);
    const GivenCase given(golden, about, two_encoders);
    const auto expected = golden.tensor(name + "/latents");
    const auto times = golden.tensor(name + "/timesteps");
    int64_t steps = 0;
    const auto out = inpainter.inpaint(
        given.request,
        [&](const InpaintStep& step) {
          ASSERT_LT(steps, expected.size(0));
          EXPECT_NEAR(step.timestep, times[steps].item<double>(), 1e-3);
          // Random networks blow latents up to a hundred and more: 1e-4 of the largest then.
          const double scale = std::max(1.0, expected[steps].abs().max().item<double>());
          EXPECT_LT(difference(as_tensor(step.latents), expected[steps]), 1e-4 * scale) << "step " << steps;
          ++steps;
        },
        {});
    EXPECT_EQ(steps, expected.size(0));
    EXPECT_LT(difference(as_tensor(out), golden.tensor(name + "/images")), 1e-4);
  }
}

std::shared_ptr<Inpainter> inpainter_of(const Pipeline& models, std::shared_ptr<UnetModel> unet = nullptr,
                                        std::shared_ptr<AutoencoderKlModel> vae = nullptr) {
  return create_inpainter({}, unet ? unet : models.unet, vae ? vae : models.vae, models.text_encoder,
                          models.text_encoder_2);
}

TEST(FamiliesParity, StableDiffusion2WithKeysOfTransformers4) {
  const Pipeline models("inpaint/pipeline-sd2");
  expect_diffusers(*inpainter_of(models), "inpaint/pipeline-sd2", false, 6);
}

TEST(FamiliesParity, StableDiffusionXl) {
  const Pipeline models("inpaint/pipeline-xl");
  expect_diffusers(*inpainter_of(models), "inpaint/pipeline-xl", true, 7);
}

TEST(FamiliesParity, StableDiffusionXlByBlending) {
  const Pipeline models("inpaint/pipeline-xl");
  const auto four = Fixture::open("inpaint/xl-4ch/unet");
  const auto unet = load_unet({}, unet_spec(four.config()), four.weight_source("diffusion_pytorch_model"));
  expect_diffusers(*inpainter_of(models, unet), "inpaint/xl-4ch", true, 2);
}

TEST(FamiliesParity, EverySchedulerWithMaskChannelsAndByBlending) {
  for (const std::string channels : {"9", "4"}) {
    const Pipeline models("inpaint/pipeline-" + channels + "ch");
    expect_diffusers(*inpainter_of(models), "inpaint/schedulers-" + channels + "ch", false, 14);
  }
}

std::shared_ptr<AutoencoderKlModel> tiny_vae() {
  const auto tiny = Fixture::open("inpaint/tiny-vae/vae");
  return load_autoencoder_tiny({}, autoencoder_tiny_spec(tiny.config()),
                               tiny.weight_source("diffusion_pytorch_model"));
}

TEST(FamiliesParity, ATinyAutoencoderInTheAutoencodersPlace) {
  const Pipeline models("inpaint/pipeline-9ch");
  expect_diffusers(*inpainter_of(models, nullptr, tiny_vae()), "inpaint/tiny-vae", false, 2);
}

TEST(InpainterPreview, DecodesEachStepsLatents) {
  const Pipeline models("inpaint/pipeline-9ch");
  const auto golden = Fixture::open("inpaint/tiny-vae");
  GivenCase given(golden, golden.parameters().at("cases")[0], false);
  const auto tiny = tiny_vae();
  given.request.preview = tiny;
  given.request.steps = 2;
  int steps = 0;
  inpainter_of(models)->inpaint(
      given.request,
      [&](const InpaintStep& step) {
        const auto latents = as_tensor(step.latents);
        const auto expected =
            (as_tensor(tiny->decode(view(latents), latents.size(0), {})) / 2 + 0.5).clamp(0, 1);
        EXPECT_EQ(difference(as_tensor(step.preview), expected), 0);
        ++steps;
      },
      {});
  EXPECT_EQ(steps, 2);
}

// A sample's bytes don't depend on its neighbours, whatever draws: the same seed at another place.
TEST(InpainterPreview, ASamplesStreamIsItsOwn) {
  const Pipeline models("inpaint/pipeline-xl");
  const auto golden = Fixture::open("inpaint/pipeline-xl");
  auto about = golden.parameters().at("cases")[0];
  const auto inpainter = inpainter_of(models);
  for (const std::string kind : {"euler_ancestral", "lcm", "dpmsolver_multistep"}) {
    GivenCase given(golden, about, true);
    auto& request = given.request;
    request.scheduler.kind = kind;
    request.scheduler.algorithm_type = "sde-dpmsolver++";
    request.image_noise = request.noise = request.masked_image_noise = request.step_noise = {};
    request.steps = 3;
    request.strength = 0.9;
    request.guidance_scale = 2;
    request.seeds = {7, 8};
    const auto straight = as_tensor(inpainter->inpaint(request, {}, {}));
    const auto image = given.image.flip(0).contiguous(), mask = golden.tensor("mask").flip(0).contiguous(),
               ids = given.ids.flip(0).contiguous(), ids_2 = given.ids_2.flip(0).contiguous();
    request.image = view(image);
    request.mask = view(mask);
    request.ids = view(ids);
    request.ids_2 = view(ids_2);
    request.seeds = {8, 7};
    EXPECT_TRUE(at::equal(as_tensor(inpainter->inpaint(request, {}, {})).flip(0), straight)) << kind;
  }
}

TEST(InpainterRefuses, ImagesThatAreNotFinite) {
  const Pipeline models("inpaint/pipeline-9ch");
  const auto golden = Fixture::open("inpaint/tiny-vae");
  GivenCase given(golden, golden.parameters().at("cases")[0], false);
  given.image[0][0][0][0] = std::nan("");
  const auto inpainter = inpainter_of(models);
  try {
    inpainter->inpaint(given.request, {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::image);
  }
  given.image[0][0][0][0] = 0;
  EXPECT_NO_THROW(inpainter->inpaint(given.request, {}, {}));
}

}  // namespace
}  // namespace synood::test
