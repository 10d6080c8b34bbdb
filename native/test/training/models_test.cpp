// The loops around whole models: resuming, bytes as pixels, and what a trainer leaves behind.

#include "models/models.h"

#include <gtest/gtest.h>

#include <cmath>

#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

constexpr int64_t kSamples = 12, kLength = 6;

ClipSpec tiny_clip() {
  ClipSpec spec;
  spec.text = ClipTextSpec{16, 32, 1, 2, 40, 8, 12, 39, 1e-5, "quick_gelu"};
  spec.vision = ClipVisionSpec{16, 32, 1, 2, 16, 8, 3, 12, 1e-5, "quick_gelu"};
  return spec;
}

UnetSpec tiny_unet() {
  UnetSpec spec;
  spec.sample_size = 8;
  spec.block_out_channels = {8, 16};
  spec.down_block_types = {"CrossAttnDownBlock2D", "DownBlock2D"};
  spec.up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D"};
  spec.layers_per_block = 1;
  spec.num_attention_heads = {2, 2};
  spec.transformer_layers_per_block = {1, 1};
  spec.cross_attention_dim = 16;
  spec.norm_num_groups = 4;
  return spec;
}

AutoencoderKlSpec tiny_vae() {
  AutoencoderKlSpec spec;
  spec.block_out_channels = {8, 16};
  spec.layers_per_block = 1;
  spec.norm_num_groups = 4;
  return spec;
}

ResnetSpec tiny_resnet() {
  ResnetSpec spec;
  spec.embedding_size = 8;
  spec.hidden_sizes = {8, 16};
  spec.depths = {1, 1};
  spec.layer_type = "basic";
  spec.num_labels = 5;
  return spec;
}

struct Setting {
  std::shared_ptr<TrainableModel> model;
  std::shared_ptr<Trainer> trainer;
};

class EveryModel : public testing::TestWithParam<std::string> {
 protected:
  Setting fresh() const {
    const WeightSource weights{{}, 11};
    TrainerOptions options;
    options.seed = 21;
    options.optimizer.learning_rate = 1e-2;
    options.optimizer.weight_decay = 0.01;
    options.unconditional_share = 0.5;
    options.empty_ids.assign(kLength, 39);
    if (GetParam() == "contrastive") {
      const auto clip = load_clip({}, tiny_clip(), weights);
      return {clip, create_contrastive_trainer(clip, options)};
    }
    if (GetParam() == "denoiser") {
      const auto unet = load_unet({}, tiny_unet(), weights);
      return {unet, create_denoiser_trainer(unet, load_clip({}, tiny_clip(), weights), options)};
    }
    if (GetParam() == "autoencoder") {
      const auto vae = load_autoencoder_kl({}, tiny_vae(), weights);
      return {vae, create_autoencoder_trainer(vae, options)};
    }
    const auto classifier = load_classifier({}, tiny_resnet(), weights);
    return {classifier, create_classifier_trainer(classifier, options)};
  }

  Data data() const {
    const auto pixels = seeded_integers(256, {kSamples, 3, 16, 16}, 1).to(at::kByte);
    auto ids = seeded_integers(39, {kSamples, kLength}, 2);
    ids.select(1, kLength - 1).fill_(39);
    if (GetParam() == "contrastive") return Data().add("pixels", pixels).add("ids", ids);
    if (GetParam() == "denoiser")
      return Data().add("latents", seeded_normal({kSamples, 4, 8, 8}, 3)).add("ids", ids);
    if (GetParam() == "autoencoder") return Data().add("pixels", pixels);
    return Data().add("pixels", pixels).add("labels", seeded_integers(5, {kSamples}, 4));
  }

  at::Tensor order = seeded_integers(kSamples, {6, 4}, 5);
};

TEST_P(EveryModel, AResumedRunEndsWithTheSameBytes) {
  const auto whole = fresh(), first = fresh(), second = fresh();
  const auto losses = run(*whole.trainer, data(), order);
  run(*first.trainer, data(), order.slice(0, 0, 2));
  second.trainer->load_state(views_of(first.trainer->state()), 2);
  const auto rest = run(*second.trainer, data(), order.slice(0, 2));
  EXPECT_EQ(rest, std::vector<double>(losses.begin() + 2, losses.end()));
  EXPECT_TRUE(same_bytes(whole.trainer->state(), second.trainer->state()));
}

TEST_P(EveryModel, EveryParameterMovesAndNoneIsLeftAskingForGradients) {
  const auto setting = fresh();
  const auto before = setting.trainer->state();
  run(*setting.trainer, data(), order);
  const auto after = setting.trainer->state();
  for (const auto& [name, parameter] : setting.model->store().parameters()) {
    EXPECT_FALSE(at::equal(find(before, name), find(after, name))) << name;
    EXPECT_FALSE(parameter.requires_grad()) << name;
    EXPECT_TRUE(at::equal(find(after, name), parameter)) << name;
  }
}

TEST_P(EveryModel, BytesAreNormalisedAsTheirNumbersWouldBe) {
  if (GetParam() == "denoiser") GTEST_SKIP() << "reads no pixels";
  const auto bytes = data();
  Data numbers;
  for (const auto& [name, view] : bytes.views()) {
    const auto tensor = borrow(view);
    numbers.add(name, name == "pixels" ? (tensor.to(at::kFloat) / 255 - 0.5) / 0.5 : tensor);
  }
  const auto from_bytes = run(*fresh().trainer, bytes, order),
             from_numbers = run(*fresh().trainer, numbers, order);
  for (size_t i = 0; i < from_bytes.size(); ++i) EXPECT_NEAR(from_bytes[i], from_numbers[i], 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Trainers, EveryModel,
                         testing::Values("contrastive", "denoiser", "autoencoder", "classifier"));

TEST(ContrastiveTrainer, TheLogitScaleStaysBelowItsBound) {
  auto spec = tiny_clip();
  spec.logit_scale_init = std::log(100.0) - 1e-3;
  const auto clip = load_clip({}, spec, {{}, 3});
  // A scale that matters: one pair that is easily told from the other by a large step.
  TrainerOptions options;
  options.optimizer.learning_rate = 0.05;
  const auto pixels =
      at::cat({at::full({1, 3, 16, 16}, 0, at::kByte), at::full({1, 3, 16, 16}, 255, at::kByte)});
  const auto ids = at::tensor({1, 2, 39, 3, 4, 39}, at::kLong).view({2, 3});
  const auto trainer = create_contrastive_trainer(clip, options);
  run(*trainer, Data().add("pixels", pixels).add("ids", ids), at::tensor({0, 1}, at::kLong).expand({20, 2}));
  EXPECT_LE(clip->logit_scale_parameter().item<double>(), std::log(100.0) + 1e-6);
}

}  // namespace
}  // namespace synood
