#include <gtest/gtest.h>

#include "diffusion/denoise.h"
#include "diffusion/latent_space.h"
#include "diffusion/timesteps.h"
#include "synthesis/judge.h"
#include "synthesis/step_rule.h"
#include "synthesis/synthesis.h"
#include "test/synthesis/golden_session.h"

namespace synood::test {
namespace {

// The loop of the published code, computed in PyTorch (scripts/golden/skip_gradient.py).
class ReferenceParity : public testing::Test, protected GoldenSession {
 protected:
  static SchedulerSpec scheduler(const std::string& case_name) {
    SchedulerSpec spec;
    spec.kind = case_name.substr(0, 4);
    return spec;
  }
};

TEST_F(ReferenceParity, GradientOfEveryObjectiveIsAutograds) {
  const auto z = golden.tensor("z");
  for (const std::string name : {"energy", "energy-T2", "msp", "reference"}) {
    for (const std::string scaling : {"unscaled", "scaled"}) {
      SCOPED_TRACE(name + " " + scaling);
      auto given = options(name == "energy-T2" ? "energy" : name);
      given.temperature = name == "energy-T2" ? 2 : 1;
      given.latent_gradient = scaling;
      const auto synthesizer =
          create_synthesizer({}, models.unet, models.vae, models.text_encoder, classifier, given);
      std::map<std::string, at::Tensor> out;
      for (const auto& named : synthesizer->gradient(view(z))) out[named.name] = as_tensor(named.tensor);
      const auto expected = golden.tensor(name + (scaling == "scaled" ? "/grad_z" : "/grad_u"));
      EXPECT_LT(relative_difference(out.at("gradient"), expected), 1e-4);
      EXPECT_LT(relative_difference(out.at("loss"), golden.tensor(name + "/loss")), 1e-4);
      if (name == "msp") {
        EXPECT_LT(difference(out.at("score"), golden.tensor("msp/score")), 1e-5);
      } else if (name == "energy") {
        EXPECT_LT(difference(out.at("score"), -golden.tensor("energy/score")), 1e-5);
      }
    }
  }
}

// CLIP's zero-shot logits in place of a classifier's.
TEST_F(ReferenceParity, GradientThroughClipIsAutograds) {
  const auto folder = Fixture::open("clip/quick_gelu");
  const auto labels = golden.tensor("clip/text_embeds") * 3;  // normalised here
  for (const std::string name : {"clip", "clip-bicubic"}) {
    SCOPED_TRACE(name);
    auto given = options("energy");
    given.boundary = -parameters.at("boundaries").at("clip").get<double>();
    given.clip = load_clip({}, clip_spec(folder.config()), folder.weight_source("model"));
    given.label_features = view(labels);
    const auto& about = parameters.at("clip");
    given.transform.resize = given.transform.crop = about.at("size");
    given.transform.interpolation = name == "clip" ? "bilinear" : "bicubic";
    given.transform.mean = about.at("mean").get<std::vector<double>>();
    given.transform.std = about.at("std").get<std::vector<double>>();
    const auto session = create_synthesizer({}, models.unet, models.vae, models.text_encoder, nullptr, given);
    std::map<std::string, at::Tensor> out;
    for (const auto& named : session->gradient(view(golden.tensor("z"))))
      out[named.name] = as_tensor(named.tensor);
    EXPECT_LT(relative_difference(out.at("gradient"), golden.tensor(name + "/grad_u")), 1e-3);
    EXPECT_LT(relative_difference(out.at("loss"), golden.tensor(name + "/loss")), 1e-4);
    EXPECT_LT(difference(out.at("score"), -golden.tensor(name + "/score")), 1e-4);
    const auto scores = as_tensor(session->score(view(golden.tensor("image")), {}));
    EXPECT_LT(difference(scores, -golden.tensor(name + "/score")), 1e-4);
  }
}

// Three denoisings with two noise updates between, each latent, gradient and updated noise.
TEST_F(ReferenceParity, NoiseUpdatesFollowTheReference) {
  const at::NoGradGuard no_grad;
  const auto halves = golden.tensor("prompt_embeds").chunk(2);
  const auto& spec = models.vae->spec();
  const auto z0 =
      sample_posterior(models.vae->moments(golden.tensor("pixels")), golden.tensor("image_noise"), spec);
  EXPECT_LT(difference(z0, golden.tensor("z0")), 1e-4);
  const auto grey = models.vae->moments(at::zeros({2, 3, 32, 32}));
  ASSERT_EQ(parameters.at("cases").size(), 8u);
  for (const auto& about : parameters.at("cases")) {
    const std::string name = about.at("name");
    SCOPED_TRACE(name);
    const auto off = [&](const at::Tensor& ours, const std::string& tensor) {
      return relative_difference(ours, golden.tensor(name + tensor));
    };
    const auto given = options(about.at("objective"));
    const auto chain = create_scheduler(scheduler(name));
    const int64_t steps = about.at("steps"), first = first_step(steps, given.strength);
    const Judge skip({}, models.vae, image_logits({}, classifier, given), given);
    auto noise = golden.tensor(name + "/noise_0");
    for (int i = 0; i < 3; ++i) {
      const auto at = "_" + std::to_string(i);
      chain->set_timesteps(steps);
      EXPECT_EQ(static_cast<int64_t>(chain->timesteps().size()) - first, about.at("calls").get<int64_t>());
      const auto masked = sample_posterior(grey, golden.tensor("masked_noise")[i], spec);
      const GuidedUnet unet(*models.unet, {}, given.guidance_scale, halves[1], halves[0],
                            at::cat({at::ones({2, 1, 16, 16}), masked}, 1));
      const auto start = chain->add_noise(z0, noise, chain->timesteps().at(first));
      const auto z = denoise(*chain, first, unet, start, {}, {});
      EXPECT_LT(off(z, "/z" + at), 1e-4);
      auto judged = skip.judge({z, {}}, true);
      const auto gradient = Judge::gradient(judged, {true, true});
      EXPECT_LT(off(gradient, "/grad_u" + at), 1e-4);
      if (i == 2) break;
      noise = updated_noise(StepRule::fixed, about.at("rate"), noise, gradient);
      EXPECT_LT(off(noise, "/noise_" + std::to_string(i + 1)), 1e-4);
    }
  }
}

// The same through the product's own front: scores, gradient norms and the saved picture of each case.
TEST_F(ReferenceParity, ASessionReproducesTheReferenceRun) {
  ASSERT_EQ(parameters.at("cases").size(), 8u);
  for (const auto& about : parameters.at("cases")) {
    const std::string name = about.at("name");
    SCOPED_TRACE(name);
    auto given = options(about.at("objective"));
    given.steps = about.at("steps");
    given.scheduler = scheduler(name);
    given.step_size = about.at("rate");
    const auto session = open(given);
    for (int64_t row = 0; row < 2; ++row) place(*session, row, name + "/noise_0");
    for (int i = 0; i < 3; ++i) {
      const auto reports = session->iterate({});
      ASSERT_EQ(reports.size(), 2u);
      for (const auto& report : reports) {
        const auto at = "_" + std::to_string(i);
        EXPECT_EQ(report.finished, i == 2);
        if (i < 2) {
          const auto norm = golden.tensor(name + "/grad_u" + at)[report.slot].norm().item<double>();
          EXPECT_NEAR(report.gradient_norm, norm, 1e-4 * norm);
        }
        if (given.objective == "energy") {
          EXPECT_NEAR(report.score, -golden.tensor(name + "/score" + at)[report.slot].item<double>(), 1e-4);
        }
      }
    }
    const at::NoGradGuard no_grad;
    const auto last = unscale(golden.tensor(name + "/z_2"), models.vae->spec());
    const auto expected = to_unit_range(models.vae->decode_latents(last));
    for (int64_t row = 0; row < 2; ++row) {
      EXPECT_LT(difference(as_tensor(session->take(row)), expected[row]), 1e-4);
    }
  }
}

}  // namespace
}  // namespace synood::test
