#pragma once

#include <cstdint>
#include <limits>
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
  // "" or "text_time": Stable Diffusion XL's pooled text embedding beside the sizes that the picture is told
  std::string addition_embed_type;
  int64_t addition_time_embed_dim = 256;
  int64_t projection_class_embeddings_input_dim = 2816;
  int64_t time_cond_proj_dim = 0;  // a distilled model's guidance scale as an input; 0: none
};

struct AutoencoderKlSpec {
  int64_t in_channels = 3, out_channels = 3, latent_channels = 4;
  std::vector<int64_t> block_out_channels;
  int64_t layers_per_block = 2;
  int64_t norm_num_groups = 32;
  double scaling_factor = 0.18215;
  double shift_factor = 0;
  // Per latent channel; empty: none. With them scaled = (z - mean) / std * scaling_factor.
  std::vector<double> latents_mean, latents_std;
  bool force_upcast = false;  // half precision overflows in its decoder: a float16 engine keeps it in float32
  bool variational = true;    // false: encode gives latents, not the moments of a posterior (AutoencoderTiny)
};

// AutoencoderTiny of diffusers.
struct AutoencoderTinySpec {
  int64_t in_channels = 3, out_channels = 3, latent_channels = 4;
  std::vector<int64_t> encoder_block_out_channels, decoder_block_out_channels;
  std::vector<int64_t> num_encoder_blocks, num_decoder_blocks;
  std::string act_fn = "relu";
  double scaling_factor = 1;
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

// ViTForImageClassification of transformers.
struct VitSpec {
  int64_t hidden_size = 768, intermediate_size = 3072, num_hidden_layers = 12, num_attention_heads = 12;
  int64_t image_size = 224, patch_size = 16, num_channels = 3;
  bool qkv_bias = true;
  double layer_norm_eps = 1e-12;
  std::string hidden_act = "gelu";
  int64_t num_labels = 1000;
};

// scheduler_config.json
struct SchedulerSpec {
  // "ddim" | "pndm" | "euler" | "euler_ancestral" | "dpmsolver_multistep" | "unipc_multistep" | "lcm"
  std::string kind = "ddim";
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
  bool use_karras_sigmas = false;          // euler, dpmsolver_multistep, unipc_multistep
  std::string final_sigmas_type = "zero";  // "zero" | "sigma_min"; the same three
  int64_t solver_order = 2;                // dpmsolver_multistep (1, 2), unipc_multistep (1 to 3)
  // dpmsolver_multistep: "dpmsolver++" | "sde-dpmsolver++"
  std::string algorithm_type = "dpmsolver++";
  // dpmsolver_multistep: "midpoint" | "heun"; unipc_multistep: "bh1" | "bh2"
  std::string solver_type = "midpoint";
  bool lower_order_final = true, euler_at_final = false;
  double lambda_min_clipped = -std::numeric_limits<double>::infinity();  // dpmsolver_multistep
  std::vector<int64_t> disable_corrector;                                // unipc_multistep: steps without it
  int64_t original_inference_steps = 50;                                 // lcm: of its distillation
  double timestep_scaling = 10;                                          // lcm
};

// How a classifier wants its image: resize the shorter side, crop the centre, normalise.
struct PixelTransformSpec {
  int64_t resize = 0;                      // shorter side in pixels; 0: leave the size
  int64_t crop = 0;                        // 0: no crop
  std::string interpolation = "bilinear";  // antialiased; "bilinear" | "bicubic"
  std::vector<double> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
};

}  // namespace synood
