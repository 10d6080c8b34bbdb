#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace synood {

// Architectures, as the config.json files of transformers and diffusers state them. Parsed and validated in
// TypeScript (ts/models/*-config.ts), which holds the same names in camelCase.

struct ClipTextSpec {
  int64_t hidden_size = 512, intermediate_size = 2048, num_hidden_layers = 12, num_attention_heads = 8;
  int64_t vocab_size = 49408, max_position_embeddings = 77;
  int64_t projection_dim = 512;  // 0: the folder has no projection (CLIPTextModel)
  int64_t eos_token_id = 49407;  // 2: pool at argmax(ids), as old configurations mean it
  double layer_norm_eps = 1e-5;
  std::string hidden_act = "quick_gelu";
};

struct ClipVisionSpec {
  int64_t hidden_size = 768, intermediate_size = 3072, num_hidden_layers = 12, num_attention_heads = 12;
  int64_t image_size = 224, patch_size = 16, num_channels = 3;
  int64_t projection_dim = 512;
  double layer_norm_eps = 1e-5;
  std::string hidden_act = "quick_gelu";
};

struct ClipSpec {
  std::optional<ClipTextSpec> text;
  std::optional<ClipVisionSpec> vision;
  double logit_scale_init = 2.6592;
};

struct UnetSpec {
  int64_t in_channels = 4, out_channels = 4, sample_size = 64;
  std::vector<int64_t> block_out_channels;
  std::vector<std::string> down_block_types, up_block_types;
  int64_t layers_per_block = 2;
  std::vector<int64_t> num_attention_heads;           // per block; diffusers calls it attention_head_dim
  std::vector<int64_t> transformer_layers_per_block;  // per block
  int64_t cross_attention_dim = 768;
  int64_t norm_num_groups = 32;
  double norm_eps = 1e-5;
  bool use_linear_projection = false;
  bool flip_sin_to_cos = true;
  double freq_shift = 0;
};

struct AutoencoderKlSpec {
  int64_t in_channels = 3, out_channels = 3, latent_channels = 4;
  std::vector<int64_t> block_out_channels;
  int64_t layers_per_block = 2;
  int64_t norm_num_groups = 32;
  double scaling_factor = 0.18215;
  double shift_factor = 0;
};

struct ResnetSpec {
  int64_t num_channels = 3, embedding_size = 64;
  std::vector<int64_t> hidden_sizes, depths;
  std::string layer_type = "bottleneck";  // or "basic"
  std::string hidden_act = "relu";
  bool downsample_in_first_stage = false;
  bool downsample_in_bottleneck = false;
  int64_t num_labels = 1000;
};

// scheduler_config.json
struct SchedulerSpec {
  std::string kind = "ddim";  // "ddim" | "pndm"
  int64_t num_train_timesteps = 1000;
  double beta_start = 0.00085, beta_end = 0.012;
  std::string beta_schedule = "scaled_linear";  // "linear" | "scaled_linear" | "squaredcos_cap_v2"
  std::string prediction_type = "epsilon";      // "epsilon" | "v_prediction" | "sample"
  std::string timestep_spacing = "leading";     // "leading" | "trailing" | "linspace"
  int64_t steps_offset = 1;
  bool set_alpha_to_one = false;
  bool clip_sample = false;
  double clip_sample_range = 1;
  bool skip_prk_steps = true;
  bool rescale_betas_zero_snr = false;
};

// How a classifier wants its image: resize the shorter side, crop the centre, normalise.
struct PixelTransformSpec {
  int64_t resize = 0;                      // shorter side in pixels; 0: leave the size
  int64_t crop = 0;                        // 0: no crop
  std::string interpolation = "bilinear";  // antialiased; "bilinear" | "bicubic"
  std::vector<double> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
};

}  // namespace synood
