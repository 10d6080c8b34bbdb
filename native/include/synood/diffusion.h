#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "synood/job.h"
#include "synood/models.h"
#include "synood/specs.h"

namespace synood {

// One call of the inpainting pipeline (diffusers' StableDiffusionInpaintPipeline). N samples of one size.
struct InpaintRequest {
  TensorView image;          // (N, 3, H, W) in [-1, 1]
  TensorView mask;           // (N, 1, H, W): 1 where the image is replaced
  TensorView ids;            // (N, L) int64, or
  TensorView prompt_embeds;  // (N, L, cross_attention_dim)
  TensorView negative_ids;   // the same for the negative prompt; needed when guidance_scale > 1
  TensorView negative_embeds;
  double strength = 1, guidance_scale = 7.5, eta = 0;
  int64_t steps = 50;
  int64_t cache_interval = 1;  // every so many-th step computes deep features, the others reuse them; 1: off
  SchedulerSpec scheduler;
  std::vector<uint64_t> seeds;  // one a sample
  // Stable Diffusion XL: the second encoder's ids (N, L), or the embeddings of both at once (N, L,
  // cross_attention_dim) with the pooled ones (N, P).
  TensorView ids_2, negative_ids_2;
  TensorView pooled_embeds, negative_pooled_embeds;
  // (N, 6): original height and width, top and left of the crop, target height and width; the negative
  // prompt's are the same unless given.
  TensorView time_ids, negative_time_ids;
  // Samples whose negative embeddings are zeros (force_zeros_for_empty_prompt); their negative ids are not
  // looked at.
  std::vector<int64_t> zero_negative;

  std::vector<double> timesteps;           // of one's own choice, descending, in place of `steps`
  std::shared_ptr<AutoencoderKl> preview;  // decodes the latents of every step for on_step
  // Draws given from outside in place of the seeds' own, for comparison with other implementations; (N, 4, h,
  // w) each.
  TensorView image_noise, noise, masked_image_noise;
  TensorView step_noise;  // (S, N, 4, h, w): what stochastic schedulers draw, in order
};

struct InpaintStep {
  int64_t index = 0, total = 0;
  double timestep = 0;
  Tensor latents;  // (N, 4, h, w) after the step, in the VAE's scaled space
  Tensor preview;  // (N, 3, H, W) in [0, 1], empty unless the request has a preview decoder
};

class Inpainter {
 public:
  virtual ~Inpainter() = default;
  // returns (N, 3, H, W) in [0, 1]. on_step may be empty.
  virtual Tensor inpaint(const InpaintRequest& request, const std::function<void(InpaintStep)>& on_step,
                         const JobControl& control) = 0;
};

}  // namespace synood
