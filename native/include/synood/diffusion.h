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
  SchedulerSpec scheduler;
  std::vector<uint64_t> seeds;  // one a sample
  // Draws given from outside in place of the seeds' own, for comparison with other implementations; (N, 4, h,
  // w) each.
  TensorView image_noise, noise, masked_image_noise;
};

struct InpaintStep {
  int64_t index = 0, total = 0;
  double timestep = 0;
  Tensor latents;  // (N, 4, h, w) after the step, in the VAE's scaled space
};

class Inpainter {
 public:
  virtual ~Inpainter() = default;
  // returns (N, 3, H, W) in [0, 1]. on_step may be empty.
  virtual Tensor inpaint(const InpaintRequest& request, const std::function<void(InpaintStep)>& on_step,
                         const JobControl& control) = 0;
};

}  // namespace synood
