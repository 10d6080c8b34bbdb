// Twenty steps of every loop beside the same loop in PyTorch: scripts/golden/training_loops.py.

#include <gtest/gtest.h>

#include <cmath>

#include "models/models.h"
#include "test/support/specs.h"
#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;
using test::view;

TrainerOptions options_of(const nlohmann::json& settings) {
  TrainerOptions options;
  auto& o = options.optimizer;
  o.kind = settings.at("kind");
  o.learning_rate = settings.at("lr");
  o.final_learning_rate = settings.at("final_lr");
  o.weight_decay = settings.at("weight_decay");
  o.momentum = settings.at("momentum");
  o.beta1 = settings.at("betas")[0];
  o.beta2 = settings.at("betas")[1];
  o.warmup_steps = settings.at("warmup");
  o.total_steps = 20;
  o.max_gradient_norm = settings.at("clip");
  o.decay_matrices_only = settings.at("matrices_only");
  options.accumulation = settings.at("accumulation");
  options.ema_decay = settings.at("ema");
  options.unconditional_share = 0;
  return options;
}

// At most 48 numbers of a tensor, evenly spread, as the fixtures have of every parameter.
at::Tensor sample(const at::Tensor& tensor) {
  const auto flat = tensor.flatten();
  const auto stride = std::max<int64_t>(1, flat.numel() / 48);
  const auto spread = flat.slice(0, 0, flat.numel(), stride);
  return spread.narrow(0, 0, std::min<int64_t>(48, spread.numel()));
}

class Loop {
 public:
  explicit Loop(const std::string& name)
      : golden(Fixture::open("training_loops/" + name)),
        settings(golden.parameters()),
        options(options_of(settings)) {}

  const at::Tensor& tensor(const std::string& name) const { return golden.tensor(name); }

  // Losses to 1e-4 relative, final weights to 1e-3; what is seen here is ten times nearer.
  void expect_same_path(Trainer& trainer, const Data& data) const {
    const auto figures = run_figures(trainer, data, tensor("order"));
    const auto &losses = tensor("losses"), &norms = tensor("norms");
    for (int64_t i = 0; i < 20; ++i) {
      const double loss = losses[i].item<double>(), norm = norms[i].item<double>();
      const auto& step = figures[static_cast<size_t>(i)];
      EXPECT_NEAR(step.loss, loss, 1e-4 * std::abs(loss)) << "step " << i;
      EXPECT_NEAR(step.gradient_norm, norm, 1e-3 * norm) << "step " << i;
    }
    const auto state = trainer.state();
    for (const auto& [name, tensor] : state) {
      // A key's bias adds the same to all scores of a query, so that its gradient is nothing but rounding,
      // which Adam scales up to steps; the model computes the same with any.
      if (name.find("k_proj.bias") != std::string::npos) continue;
      if (golden.has("final/" + name)) expect_near(state, name, "final/" + name);
      if (name.rfind("ema.", 0) == 0) expect_near(state, name, "ema/" + name.substr(4));
    }
    for (const auto& name : final_names()) EXPECT_NO_THROW(find(state, name)) << name;
  }

  Fixture golden;
  nlohmann::json settings;
  TrainerOptions options;

 private:
  std::vector<std::string> final_names() const {
    std::vector<std::string> names;
    const auto described = golden.json("golden.json").at("tensors");
    for (const auto& [name, about] : described.items())
      if (name.rfind("final/", 0) == 0) names.push_back(name.substr(6));
    return names;
  }
  void expect_near(const std::vector<NamedTensor>& state, const std::string& name,
                   const std::string& theirs) const {
    EXPECT_LT(difference(sample(find(state, name)), tensor(theirs)), 1e-3) << theirs;
  }
};

std::vector<NamedView> initial_layer(const Loop& loop) {
  std::vector<NamedView> initial;
  for (const std::string name : {"weight", "bias", "norm_weight", "norm_bias"})
    initial.push_back({name, view(loop.tensor("initial/" + name))});
  return initial;
}

Data head_data(const Loop& loop) {
  return Data().add("features", loop.tensor("features")).add("labels", loop.tensor("labels"));
}

TEST(TrainingLoops, Projection) {
  const Loop loop("projection");
  const auto trainer =
      create_projection_trainer({}, view(loop.tensor("table")), initial_layer(loop), loop.options);
  loop.expect_same_path(*trainer, head_data(loop));
}

TEST(TrainingLoops, Labels) {
  const Loop loop("labels");
  const auto trainer = create_label_trainer({}, view(loop.tensor("table")), loop.options);
  loop.expect_same_path(*trainer, head_data(loop));
}

TEST(TrainingLoops, Joint) {
  Loop loop("joint");
  loop.options.label_weight = loop.settings.at("label_weight");
  const auto trainer = create_joint_trainer({}, view(loop.tensor("table")), loop.settings.at("classes"),
                                            initial_layer(loop), loop.options);
  loop.expect_same_path(*trainer, head_data(loop));
}

TEST(TrainingLoops, Linear) {
  Loop loop("linear");
  loop.options.label_smoothing = 0.1;
  const auto trainer = create_linear_trainer({}, 24, 14, loop.options);
  loop.expect_same_path(*trainer, head_data(loop));
}

std::shared_ptr<ClipModel> quick_gelu() {
  const auto model = Fixture::open("clip/quick_gelu");
  return load_clip({}, test::clip_spec(model.config()), model.weight_source("model"));
}

TEST(TrainingLoops, Contrastive) {
  const Loop loop("contrastive");
  const auto trainer = create_contrastive_trainer(quick_gelu(), loop.options);
  loop.expect_same_path(*trainer, Data().add("pixels", loop.tensor("pixels")).add("ids", loop.tensor("ids")));
}

TEST(TrainingLoops, TheLastBlocksOfClip) {
  Loop loop("last-blocks");
  loop.options.trained = loop.settings.at("trained").get<std::vector<std::string>>();
  const auto clip = quick_gelu(), untouched = quick_gelu();
  const auto trainer = create_contrastive_trainer(clip, loop.options);
  loop.expect_same_path(*trainer, Data().add("pixels", loop.tensor("pixels")).add("ids", loop.tensor("ids")));
  const auto& before = untouched->store().parameters();
  for (size_t i = 0; i < before.size(); ++i) {
    const auto& [name, parameter] = clip->store().parameters()[i];
    EXPECT_EQ(at::equal(parameter, before[i].second), !loop.golden.has("final/" + name)) << name;
  }
}

TEST(TrainingLoops, Clipn) {
  const Loop loop("clipn");
  const auto clip = quick_gelu();
  const auto trainer = create_clipn_trainer(clip, loop.options);
  loop.expect_same_path(*trainer, Data()
                                      .add("pixels", loop.tensor("pixels"))
                                      .add("ids", loop.tensor("ids"))
                                      .add("prompts", loop.tensor("prompts")));
  // What comes out is a CLIP text tower of the usual kind.
  auto spec = clip->spec();
  const auto result = trainer->result();
  const auto branch = load_clip({}, spec, {{}, 1});
  const at::NoGradGuard no_grad;
  for (const auto& [name, parameter] : branch->store().parameters())
    if (name.rfind("text_", 0) == 0) at::Tensor(parameter).copy_(find(result, name));
  const auto features = branch->text_features(loop.tensor("ids"));
  EXPECT_LT(difference(features / features.square().sum(1, true).sqrt(), loop.tensor("no_features")), 1e-4);
}

class LsnLoops : public testing::TestWithParam<std::string> {};

TEST_P(LsnLoops, Contexts) {
  Loop loop(GetParam());
  loop.options.double_softmax = loop.settings.at("double_softmax");
  const PromptSpec spec{loop.settings.at("side"), loop.settings.at("contexts"), loop.settings.at("length")};
  const auto trainer = create_prompt_trainer(quick_gelu(), view(loop.tensor("ids")), spec, loop.options);
  auto start = trainer->state();
  for (auto& [name, tensor] : start)
    if (name == "contexts") tensor = to_host(loop.tensor("initial"));
  trainer->load_state(views_of(start), 0);
  loop.expect_same_path(*trainer, head_data(loop));
  EXPECT_LT(difference(find(trainer->result(), "features"), loop.tensor("texts")), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Sides, LsnLoops,
                         testing::Values("lsn-positive", "lsn-negative", "lsn-positive-reference",
                                         "lsn-negative-reference"));

TEST(TrainingLoops, Denoiser) {
  Loop loop("denoiser");
  loop.options.scheduler.prediction_type = "v_prediction";
  const auto model = Fixture::open("unet/sd2-4ch");
  const auto unet =
      load_unet({}, test::unet_spec(model.config()), model.weight_source("diffusion_pytorch_model"));
  const auto trainer = create_denoiser_trainer(unet, nullptr, loop.options);
  loop.expect_same_path(*trainer, Data()
                                      .add("latents", loop.tensor("clean"))
                                      .add("context", loop.tensor("context"))
                                      .add("noise", loop.tensor("noise"))
                                      .add("timesteps", loop.tensor("timesteps")));
}

TEST(TrainingLoops, Autoencoder) {
  Loop loop("autoencoder");
  loop.options.kl_weight = loop.settings.at("kl_weight");
  loop.options.mse_weight = loop.settings.at("mse_weight");
  const auto model = Fixture::open("vae/two-block");
  const auto vae = load_autoencoder_kl({}, test::autoencoder_kl_spec(model.config()),
                                       model.weight_source("diffusion_pytorch_model"));
  const auto trainer = create_autoencoder_trainer(vae, loop.options);
  loop.expect_same_path(*trainer,
                        Data().add("pixels", loop.tensor("pixels")).add("noise", loop.tensor("noise")));
}

TEST(TrainingLoops, Classifier) {
  Loop loop("classifier");
  loop.options.label_smoothing = 0.1;
  const auto model = Fixture::open("resnet/basic");
  const auto classifier =
      load_classifier({}, test::resnet_spec(model.config()), model.weight_source("model"));
  const auto trainer = create_classifier_trainer(classifier, loop.options);
  loop.expect_same_path(*trainer,
                        Data().add("pixels", loop.tensor("pixels")).add("labels", loop.tensor("labels")));
  EXPECT_LT(difference(find(trainer->state(), "resnet.embedder.embedder.normalization.running_mean"),
                       loop.tensor("running_mean")),
            1e-4);
}

}  // namespace
}  // namespace synood
