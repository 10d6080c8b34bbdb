#include <gtest/gtest.h>

#include <cmath>

#include "synood/error.h"
#include "synthesis/synthesis.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {
namespace {

// The pipelines of test/fixtures/inpaint as a synthesizer takes them: a search's first picture, begun from
// given draws at a strength below 1, is the one that diffusers' pipeline makes of them.
struct Family {
  explicit Family(const std::string& models_in, const std::string& cases_in = "")
      : golden(Fixture::open(cases_in.empty() ? models_in : cases_in)), models(models_in) {
    const auto folder = Fixture::open("resnet/basic");
    classifier = load_classifier({}, resnet_spec(folder.config()), folder.weight_source("model"));
    if (cases_in.empty()) return;
    const auto unet = Fixture::open(cases_in + "/unet");
    models.unet = load_unet({}, unet_spec(unet.config()), unet.weight_source("diffusion_pytorch_model"));
  }

  nlohmann::json about(const std::string& name) const {
    const auto parameters = golden.parameters();
    for (const auto& one : parameters.at("cases")) {
      if (one.at("name") == name) return one;
    }
    throw std::runtime_error("no case " + name);
  }

  std::shared_ptr<Synthesizer> open(const nlohmann::json& about) const {
    SynthesisOptions out;
    out.batch_size = 3;
    out.height = out.width = 32;
    out.steps = about.at("steps");
    out.strength = about.at("strength");
    out.guidance_scale = about.at("guidance_scale");
    out.scheduler = scheduler_spec(about.at("scheduler"));
    out.boundary = -100;
    out.max_iterations = 3;
    return create_synthesizer({}, models.unet, models.vae, models.text_encoder, classifier, out,
                              models.text_encoder_2);
  }

  at::Tensor row(const std::string& name, int64_t number) const {
    const auto& tensor = golden.tensor(name);
    return tensor[tensor.size(0) == 1 ? 0 : number].contiguous();
  }

  // Sample `number` of the case; its numbers are borrowed for this call.
  void place(Synthesizer& session, int64_t slot, const nlohmann::json& about, int64_t number) const {
    const bool unset = about.at("negative_prompt").is_null();
    const std::string negative_name = unset ? "empty_ids" : "negative_input_ids";
    const auto image = row("image", number) * 2 - 1, mask = row("mask", number),
               ids = row("input_ids", number), negative = row(negative_name, number),
               image_noise = row("image_noise", number), noise = row("noise", number),
               masked = row("masked_noise", number).unsqueeze(0);
    SynthesisItem item;
    item.id = std::to_string(number);
    item.seed = static_cast<uint64_t>(number);
    item.image = view(image);
    item.mask = view(mask);
    item.ids = view(ids);
    item.negative_ids = view(negative);
    item.image_noise = view(image_noise);
    item.noise = view(noise);
    item.masked_image_noise = view(masked);
    at::Tensor ids_2, negative_2;
    if (golden.has("input_ids_2")) {
      ids_2 = row("input_ids_2", number);
      negative_2 = row(negative_name + "_2", number);
      item.ids_2 = view(ids_2);
      item.negative_ids_2 = view(negative_2);
      item.zero_negative = unset;
    }
    session.place(slot, item);
  }

  Fixture golden;
  Pipeline models;
  std::shared_ptr<ClassifierModel> classifier;
};

void expect_diffusers(const Family& family, const std::string& name) {
  SCOPED_TRACE(name);
  const auto about = family.about(name);
  const auto session = family.open(about);
  for (int64_t number = 0; number < 2; ++number) family.place(*session, 1 + number, about, number);
  const auto first = session->iterate({});
  ASSERT_EQ(first.size(), 2u);
  for (int64_t number = 0; number < 2; ++number) {
    EXPECT_TRUE(std::isfinite(first[number].gradient_norm) && first[number].gradient_norm > 0);
    const auto image = as_tensor(session->take(1 + number));
    EXPECT_LT(difference(image, family.golden.tensor(name + "/images")[number]), 1e-4);
  }
}

TEST(SynthesisFamilies, StableDiffusion2BeginsWithDiffusersPicture) {
  const Family family("inpaint/pipeline-sd2");
  for (const std::string name : {"strength0.6-guidance1", "strength0.6-guidance7.5", "negative"}) {
    expect_diffusers(family, name);
  }
}

TEST(SynthesisFamilies, StableDiffusionXlBeginsWithDiffusersPicture) {
  const Family family("inpaint/pipeline-xl");
  for (const std::string name : {"strength0.6-guidance1", "strength0.6-guidance7.5", "negative"}) {
    expect_diffusers(family, name);
  }
}

TEST(SynthesisFamilies, StableDiffusionXlByBlendingBeginsWithDiffusersPicture) {
  expect_diffusers(Family("inpaint/pipeline-xl", "inpaint/xl-4ch"), "strength0.6");
}

std::vector<float> searched(const Family& family, bool neighbour) {
  const auto about = family.about("strength0.6-guidance7.5");
  const auto session = family.open(about);
  if (neighbour) {
    family.place(*session, 0, about, 1);
    session->iterate({});
  }
  const int64_t slot = neighbour ? 2 : 0;
  family.place(*session, slot, about, 0);
  std::vector<float> scores;
  for (int i = 0; i < 3; ++i) {
    for (const auto& report : session->iterate({})) {
      if (report.slot == slot) scores.push_back(static_cast<float>(report.score));
    }
  }
  const auto image = session->take(slot);
  scores.insert(scores.end(), image.data.begin(), image.data.end());
  return scores;
}

TEST(SynthesisFamilies, AnXlSampleDoesNotDependOnItsNeighbourOrItsPlace) {
  const Family family("inpaint/pipeline-xl");
  const auto alone = searched(family, false);
  EXPECT_EQ(alone.size(), 3 + 3 * 32 * 32u);
  EXPECT_NE(alone[0], alone[2]);  // the search moved
  EXPECT_EQ(alone, searched(family, true));
}

TEST(SynthesisFamilies, AnXlModelWithoutItsSecondEncoderIsRefused) {
  Family family("inpaint/pipeline-xl");
  const auto about = family.about("strength0.6-guidance7.5");
  const auto whole = family.open(about);
  const auto second = std::exchange(family.models.text_encoder_2, nullptr);
  const auto session = family.open(about);
  try {
    family.place(*session, 0, about, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::value);
  }
  family.models.text_encoder_2 = second;
  family.place(*whole, 0, about, 0);
  EXPECT_EQ(whole->iterate({}).size(), 1u);
}

}  // namespace
}  // namespace synood::test
