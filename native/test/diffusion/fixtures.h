#pragma once

#include <memory>
#include <string>

#include "models/models.h"
#include "test/support/fixture.h"
#include "test/support/specs.h"

namespace synood::test {

inline std::string scheduler_kind(const std::string& class_name) {
  static const std::map<std::string, std::string> kinds{
      {"DDIMScheduler", "ddim"},
      {"PNDMScheduler", "pndm"},
      {"EulerDiscreteScheduler", "euler"},
      {"EulerAncestralDiscreteScheduler", "euler_ancestral"},
      {"DPMSolverMultistepScheduler", "dpmsolver_multistep"},
      {"UniPCMultistepScheduler", "unipc_multistep"},
      {"LCMScheduler", "lcm"}};
  return kinds.at(class_name);
}

// scheduler_config.json with DDIM's or PNDM's defaults for what it leaves out; of other classes all is there.
inline SchedulerSpec scheduler_spec(const nlohmann::json& config) {
  SchedulerSpec spec;
  spec.kind = scheduler_kind(config.at("_class_name"));
  const bool ddim = spec.kind == "ddim";
  spec.num_train_timesteps = config.value("num_train_timesteps", 1000);
  spec.beta_start = config.value("beta_start", 0.0001);
  spec.beta_end = config.value("beta_end", 0.02);
  spec.beta_schedule = config.value("beta_schedule", "linear");
  spec.prediction_type = config.value("prediction_type", "epsilon");
  spec.timestep_spacing = config.value("timestep_spacing", "leading");
  spec.steps_offset = config.value("steps_offset", 0);
  spec.set_alpha_to_one = config.value("set_alpha_to_one", ddim);
  spec.clip_sample = config.value("clip_sample", ddim);
  spec.clip_sample_range = config.value("clip_sample_range", 1.0);
  spec.skip_prk_steps = config.value("skip_prk_steps", false);
  spec.rescale_betas_zero_snr = config.value("rescale_betas_zero_snr", false);
  spec.use_karras_sigmas = config.value("use_karras_sigmas", false);
  spec.final_sigmas_type = config.value("final_sigmas_type", "zero");
  spec.solver_order = config.value("solver_order", 2);
  spec.algorithm_type = config.value("algorithm_type", "dpmsolver++");
  spec.solver_type = config.value("solver_type", "midpoint");
  spec.lower_order_final = config.value("lower_order_final", true);
  spec.euler_at_final = config.value("euler_at_final", false);
  if (config.contains("lambda_min_clipped") && config.at("lambda_min_clipped").is_number()) {
    spec.lambda_min_clipped = config.at("lambda_min_clipped");
  }
  spec.disable_corrector = config.value("disable_corrector", std::vector<int64_t>{});
  spec.original_inference_steps = config.value("original_inference_steps", 50);
  spec.timestep_scaling = config.value("timestep_scaling", 10.0);
  return spec;
}

// A whole tiny pipeline below test/fixtures/inpaint.
struct Pipeline {
  explicit Pipeline(const std::string& folder) {
    const auto u = Fixture::open(folder + "/unet"), v = Fixture::open(folder + "/vae"),
               t = Fixture::open(folder + "/text_encoder");
    unet = load_unet({}, unet_spec(u.config()), u.weight_source("diffusion_pytorch_model"));
    vae =
        load_autoencoder_kl({}, autoencoder_kl_spec(v.config()), v.weight_source("diffusion_pytorch_model"));
    text_encoder = load_clip({}, clip_spec(t.config()), t.weight_source("model"));
    if (std::filesystem::exists(fixture_root() / folder / "text_encoder_2")) {
      const auto second = Fixture::open(folder + "/text_encoder_2");
      text_encoder_2 = load_clip({}, clip_spec(second.config()), second.weight_source("model"));
    }
  }
  std::shared_ptr<UnetModel> unet;
  std::shared_ptr<AutoencoderKlModel> vae;
  std::shared_ptr<ClipModel> text_encoder, text_encoder_2;
};

}  // namespace synood::test
