// Against torch.optim and the reference models in train mode: scripts/golden/training.py.

#include <gtest/gtest.h>

#include "models/models.h"
#include "test/support/specs.h"
#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;
using test::view;

// Losses have units of one: 1e-4 of every one.
void expect_losses(const std::vector<double>& losses, const Fixture& golden) {
  const auto& expected = golden.tensor("losses");
  ASSERT_EQ(static_cast<int64_t>(losses.size()), expected.size(0));
  for (size_t i = 0; i < losses.size(); ++i)
    EXPECT_NEAR(losses[i], expected[static_cast<int64_t>(i)].item<double>(), 1e-4) << "step " << i;
}

TrainerOptions options_of(const Fixture& golden, const std::string& kind) {
  const auto parameters = golden.parameters();
  TrainerOptions options;
  options.optimizer.kind = kind;
  options.optimizer.learning_rate = parameters.at("lr");
  options.optimizer.weight_decay = parameters.at("weight_decay");
  options.optimizer.momentum = parameters.value("momentum", 0.0);
  options.unconditional_share = 0;
  return options;
}

TEST(TrainingGolden, Projection) {
  const auto golden = Fixture::open("training/projection");
  auto options = options_of(golden, "adam");
  options.optimizer.final_learning_rate = 1e-5;
  options.optimizer.total_steps = 10;
  const std::vector<std::pair<std::string, std::string>> names{{"weight", "linear.weight"},
                                                               {"bias", "linear.bias"},
                                                               {"norm_weight", "norm.weight"},
                                                               {"norm_bias", "norm.bias"}};
  std::vector<NamedView> initial;
  for (const auto& [own, theirs] : names) initial.push_back({own, view(golden.tensor("initial/" + theirs))});
  const auto trainer = create_projection_trainer({}, view(golden.tensor("text")), initial, options);
  const auto data = Data().add("features", golden.tensor("features")).add("labels", golden.tensor("labels"));
  expect_losses(run(*trainer, data, golden.tensor("batches")), golden);
  for (const auto& [own, theirs] : names)
    EXPECT_LT(difference(find(trainer->state(), own), golden.tensor("final/" + theirs)), 2e-5) << own;
}

TEST(TrainingGolden, Labels) {
  const auto golden = Fixture::open("training/labels");
  auto options = options_of(golden, "sgd");
  options.optimizer.total_steps = 10;
  const auto trainer = create_label_trainer({}, view(golden.tensor("initial")), options);
  const auto data = Data().add("features", golden.tensor("features")).add("labels", golden.tensor("targets"));
  expect_losses(run(*trainer, data, golden.tensor("batches")), golden);
  EXPECT_LT(difference(find(trainer->state(), "label_features"), golden.tensor("final")), 1e-5);
}

// The fixtures' data are (steps, B, ...): one pool, each step its own rows.
at::Tensor pooled(const at::Tensor& tensor) { return tensor.flatten(0, 1); }
at::Tensor in_turn(const at::Tensor& tensor) {
  return at::arange(tensor.size(0) * tensor.size(1), at::kLong).view({tensor.size(0), tensor.size(1)});
}

// Adam's first steps have the size of the rate whatever the gradient's; so an error of 1e-4 in a parameter
// is a tenth of one step.
void expect_final(const Trainer& trainer, const Fixture& golden, const std::vector<std::string>& names) {
  const auto state = trainer.state();
  for (const auto& name : names)
    EXPECT_LT(difference(find(state, name), golden.tensor("final/" + name)), 1e-4) << name;
}

TEST(TrainingGolden, Contrastive) {
  const auto golden = Fixture::open("training/contrastive"), model = Fixture::open("clip/quick_gelu");
  const auto clip = load_clip({}, test::clip_spec(model.config()), model.weight_source("model"));
  const auto trainer = create_contrastive_trainer(clip, options_of(golden, "adamw"));
  const auto& pixels = golden.tensor("pixel_values");
  const auto data = Data().add("pixels", pooled(pixels)).add("ids", pooled(golden.tensor("input_ids")));
  expect_losses(run(*trainer, data, in_turn(pixels)), golden);
  expect_final(*trainer, golden,
               {"logit_scale", "visual_projection.weight", "vision_model.embeddings.class_embedding",
                "text_model.embeddings.position_embedding.weight",
                "vision_model.encoder.layers.0.self_attn.q_proj.weight"});
}

class DenoiserGolden : public testing::TestWithParam<std::string> {};

TEST_P(DenoiserGolden, Losses) {
  const auto golden = Fixture::open("training/denoiser-" + GetParam());
  const auto model = Fixture::open("unet/" + GetParam());
  const auto unet =
      load_unet({}, test::unet_spec(model.config()), model.weight_source("diffusion_pytorch_model"));
  const auto trainer = create_denoiser_trainer(unet, nullptr, options_of(golden, "adamw"));
  const auto& clean = golden.tensor("clean");
  auto data = Data()
                  .add("latents", pooled(clean))
                  .add("context", pooled(golden.tensor("encoder_hidden_states")))
                  .add("noise", golden.tensor("noise"))
                  .add("timesteps", golden.tensor("timesteps"));
  if (golden.has("extra_channels")) {
    const auto extra = pooled(golden.tensor("extra_channels"));
    data.add("mask", extra.slice(1, 0, 1)).add("masked_latents", extra.slice(1, 1));
  }
  expect_losses(run(*trainer, data, in_turn(clean)), golden);
  expect_final(*trainer, golden, {"conv_in.weight", "time_embedding.linear_1.weight", "conv_out.bias"});
}

INSTANTIATE_TEST_SUITE_P(Unets, DenoiserGolden, testing::Values("sd1-9ch", "sd2-4ch"));

TEST(TrainingGolden, Autoencoder) {
  const auto golden = Fixture::open("training/autoencoder"), model = Fixture::open("vae/two-block");
  const auto vae = load_autoencoder_kl({}, test::autoencoder_kl_spec(model.config()),
                                       model.weight_source("diffusion_pytorch_model"));
  auto options = options_of(golden, "adamw");
  options.kl_weight = golden.parameters().at("kl_weight");
  options.mse_weight = 0;
  const auto trainer = create_autoencoder_trainer(vae, options);
  const auto& pixels = golden.tensor("pixels");
  const auto data = Data().add("pixels", pooled(pixels)).add("noise", golden.tensor("posterior_noise"));
  expect_losses(run(*trainer, data, in_turn(pixels)), golden);
  expect_final(*trainer, golden, {"encoder.conv_in.weight", "quant_conv.weight", "decoder.conv_out.weight"});
}

class ClassifierGolden : public testing::TestWithParam<std::string> {};

TEST_P(ClassifierGolden, LossesRunningStatisticsAndLogits) {
  const auto golden = Fixture::open("training/classifier-" + GetParam());
  const auto model = Fixture::open("resnet/" + GetParam());
  const auto classifier =
      load_classifier({}, test::resnet_spec(model.config()), model.weight_source("model"));
  const auto trainer = create_classifier_trainer(classifier, options_of(golden, "sgd"));
  const auto& pixels = golden.tensor("pixel_values");
  const auto data = Data().add("pixels", pooled(pixels)).add("labels", pooled(golden.tensor("targets")));
  expect_losses(run(*trainer, data, in_turn(pixels)), golden);
  const std::string first = "resnet.embedder.embedder.normalization.";
  expect_final(*trainer, golden,
               {"classifier.1.weight", "resnet.embedder.embedder.convolution.weight", first + "running_mean",
                first + "running_var"});
  const at::NoGradGuard no_grad;
  EXPECT_LT(difference(classifier->forward(pixels[0]), golden.tensor("final_logits")), 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Resnets, ClassifierGolden, testing::Values("basic", "bottleneck"));

}  // namespace
}  // namespace synood
