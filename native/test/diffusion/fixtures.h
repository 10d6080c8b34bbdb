#pragma once

#include <memory>
#include <string>

#include "models/models.h"
#include "test/support/fixture.h"
#include "test/support/specs.h"

namespace synood::test {

// scheduler_config.json with the defaults of its class for what it leaves out.
inline SchedulerSpec scheduler_spec(const nlohmann::json& config) {
  SchedulerSpec spec;
  const std::string name = config.at("_class_name");
  spec.kind = name == "DDIMScheduler" ? "ddim" : name == "PNDMScheduler" ? "pndm" : name;
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
  }
  std::shared_ptr<UnetModel> unet;
  std::shared_ptr<AutoencoderKlModel> vae;
  std::shared_ptr<ClipModel> text_encoder;
};

}  // namespace synood::test
