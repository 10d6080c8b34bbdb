#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "models/models.h"
#include "synood/synthesis.h"
#include "synthesis/image_logits.h"
#include "synthesis/score.h"

namespace synood {

// What a denoising gave, and where its gradient is asked for: the tensor that the recorded part of the chain
// began with, of latents' shape. Undefined: nothing was recorded.
struct Denoised {
  at::Tensor latents;  // (N, C, h, w) scaled
  at::Tensor leaf;
};

// A batch that was decoded and scored; while `losses` can be differentiated it holds the graph's memory.
struct Judged {
  at::Tensor image;                // (N, 3, H, W) in [0, 1]
  std::vector<double> scores;      // N, higher is in-distribution
  std::vector<at::Tensor> losses;  // N scalars, float64
  at::Tensor leaf;                 // (N, C, h, w); undefined when nothing was recorded
};

// Decodes and scores:
//
//   u      = z / scaling_factor
//   image  = clamp(decode(u) / 2 + 1/2, 0, 1)
//   L_n    = objective(logits(transform(image))_n)        one loss per sample: no sample sees its neighbours
//
// With no leaf in the chain the gradient is the skip gradient's (SynOOD, section 3.2), which takes the
// Jacobian of the whole chain as the identity: dL_n/du_n, or dL_n/dz_n = dL_n/du_n / scaling_factor. No
// parameter gets a gradient.
class Judge {
 public:
  Judge(Runtime runtime, std::shared_ptr<AutoencoderKlModel> vae, ImageLogits logits,
        const SynthesisOptions& options);

  // ERR_CONFIG when no logits have a score at the stop rule's target.
  void expect_reachable_target() const {
    expect_reachable(objective_, target_, logits_.classes, temperature_, logits_.limit);
  }

  // `record`: keep what gradient() needs.
  Judged judge(const Denoised& denoised, bool record) const;

  // (N): the objective's scores of images (N, 3, H, W) in [0, 1]
  std::vector<double> scores(const at::Tensor& images) const;

  // (N, C, h, w) float32 of the samples that are wanted, zero for the others. Frees the graph.
  static at::Tensor gradient(Judged& judged, const std::vector<bool>& wanted);

 private:
  at::Tensor to_image(const at::Tensor& decoded) const;

  Runtime runtime_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  ImageLogits logits_;
  Objective objective_;
  double temperature_, target_;
  bool scaled_, straight_through_;
};

}  // namespace synood
