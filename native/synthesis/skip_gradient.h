#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "engine/runtime.h"
#include "models/models.h"
#include "synood/synthesis.h"
#include "synthesis/score.h"

namespace synood {

// A batch that was decoded and scored; while `losses` can be differentiated it holds the graph's memory.
struct Judged {
  at::Tensor image;                // (N, 3, H, W) in [0, 1]
  std::vector<double> scores;      // N, higher is in-distribution
  std::vector<at::Tensor> losses;  // N scalars, float64
  at::Tensor leaf;                 // (N, C, h, w) unscaled; undefined when nothing was recorded
};

// Skip gradient (SynOOD, section 3.2): the Jacobian of the denoising chain is taken as the identity, so the
// gradient at the decoded latent is applied to the initial noise as it is.
//
//   u      = z / scaling_factor                                   the leaf
//   image  = clamp(decode(u) / 2 + 1/2, 0, 1)
//   L_n    = objective(classifier(transform(image))_n)            one loss per sample: no sample sees its
//   neighbours result   dL_n/du_n, or by the chain rule dL_n/dz_n = dL_n/du_n / scaling_factor
//
// Only u's gradient is computed; no parameter gets one.
class SkipGradient {
 public:
  SkipGradient(Runtime runtime, std::shared_ptr<AutoencoderKlModel> vae,
               std::shared_ptr<ClassifierModel> classifier, const SynthesisOptions& options);

  // latents (N, C, h, w) scaled. `record`: keep what gradient() needs.
  Judged judge(const at::Tensor& latents, bool record) const;

  // (N, C, h, w) float32 of the samples that are wanted, zero for the others. Frees the graph.
  at::Tensor gradient(Judged& judged, const std::vector<bool>& wanted) const;

 private:
  Runtime runtime_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  std::shared_ptr<ClassifierModel> classifier_;
  PixelTransformSpec transform_;
  Objective objective_;
  double temperature_, boundary_;
  bool scaled_;
};

}  // namespace synood
