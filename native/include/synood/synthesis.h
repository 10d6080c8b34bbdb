#pragma once

#include <memory>
#include <string>
#include <vector>

#include "synood/diffusion.h"

namespace synood {

// Near-boundary synthesis (SynOOD, section 3.2), see docs/method.md for what each option means.
struct SynthesisOptions {
  int64_t batch_size = 2, height = 512, width = 512;
  int64_t steps = 20;
  double strength = 0.6, guidance_scale = 8;
  SchedulerSpec scheduler;

  // (score - boundary)^2 of "energy" (score: T * logsumexp(logits / T)), "msp" (max softmax(logits / T)),
  // "max_logit" or "authors" (logsumexp(logits) - mean(logits)); or "reference": the authors' (-5 - s)^2,
  // whose score is the energy's and which never stops early.
  std::string objective = "energy";
  double temperature = 1;
  double boundary = 0;        // on the objective's score, higher is in-distribution
  double tolerance = 0.1;     // accepted when |score - boundary| <= tolerance
  std::string side = "both";  // of the boundary: "both" | "inside" | "outside"
  // The loss's gradient in the noise: "skip", "truncated" (through the last gradient_steps calls of the
  // denoiser) or "exact" (through all calls and the noising).
  std::string gradient = "skip";
  int64_t gradient_steps = 1;
  bool chain_factor = false;  // times the linear coefficients of the steps that the gradient leaves out
  // Of the skip gradient, with respect to "unscaled" (as published) or "scaled" latents; the others follow
  // the chain rule.
  std::string latent_gradient = "unscaled";
  std::string saturation = "clamp";  // at saturated pixels: "clamp" (no gradient) | "straight-through"
  bool restandardise = false;        // bring moved noise back to mean 0 and standard deviation 1
  // "fixed": lr * g; "normalised": lr * g / rms(g); "line-search": the same, halved while the score
  // overshoots
  std::string step_rule = "normalised";
  double step_size = 0.1;
  int64_t max_iterations = 10;
  PixelTransformSpec transform;  // the classifier's preprocessing
  // Compute the blocks of decoder and denoiser, and whole calls of the denoiser, again on the way back: a
  // fraction of the memory for about a third more time of the gradient.
  bool gradient_checkpointing = false;
  // Zero-shot logits in place of a classifier's: logit_scale * cos(image feature, label feature).
  std::shared_ptr<Clip> clip;
  TensorView label_features;  // (K, D), normalised here
  double logit_scale = 0;     // 0: the model's own
};

struct SynthesisItem {
  std::string id;
  uint64_t seed = 0;                          // of this sample, from the run's seed and the id alone
  TensorView image;                           // (3, H, W) in [-1, 1]
  TensorView mask;                            // (1, H, W)
  TensorView ids, negative_ids;               // (L) int64, or
  TensorView prompt_embeds, negative_embeds;  // (L, cross_attention_dim)
  // Stable Diffusion XL: the second encoder's ids (L), or the pooled embeddings (P) beside both encoders' own
  TensorView ids_2, negative_ids_2, pooled_embeds, negative_pooled_embeds;
  bool zero_negative = false;  // the same: its negative embeddings are zeros, its negative ids not looked at
  // Draws given from outside in place of the seed's own, for comparison with other implementations: (4, h, w)
  // each; masked_image_noise (I, 4, h, w), one an iteration, the seed's own after the I-th.
  TensorView image_noise, noise, masked_image_noise;
};

// What one iteration did to one place in the batch.
struct SlotReport {
  int64_t slot = 0;
  int64_t iteration = 0;     // 1 for the first decoded image
  double score = 0;          // of the decoded image, higher is in-distribution
  double gradient_norm = 0;  // of the loss, as `gradient` says; 0 when no gradient was needed
  double step_size = 0;      // as the step rule took it after this iteration; 0 when the noise did not move
  bool finished = false, accepted = false;
  std::string reason;  // "boundary" | "iterations" | "not-finite" | "zero-gradient"
};

// One way to the gradient, as SynthesisOptions names it.
struct GradientMethod {
  std::string gradient = "skip";
  int64_t gradient_steps = 1;
  bool chain_factor = false;
};

// How one method's gradient of one sample stands to the exact one, and what a step along it does.
struct GradientComparison {
  int64_t slot = 0, method = 0;
  double norm = 0, cosine = 0, norm_ratio = 0;  // the last two to the exact gradient
  double score = 0, score_after = 0;            // before and after a normalised step against the gradient
  double loss = 0, loss_after = 0;
};

// A batch of places. The caller fills free places, iterates, and takes what has finished; a sample never sees
// its neighbours, and free places are computed as padding so that the batch's shape never changes.
class Synthesizer {
 public:
  virtual ~Synthesizer() = default;
  virtual void place(int64_t slot, const SynthesisItem& item) = 0;
  virtual std::vector<SlotReport> iterate(const JobControl& control) = 0;
  virtual Tensor take(
      int64_t slot) = 0;  // (3, H, W) in [0, 1]: the image that the last report's score belongs to
  virtual Tensor image(int64_t slot) = 0;  // the same, and the sample stays in its place
  // One decode + score + gradient for given latents (N, 4, h, w) in the VAE's scaled space, for tests and
  // diagnostics: returns {"score" (N), "loss" (N), "gradient" (N, 4, h, w)}, the gradient as latent_gradient
  // says.
  virtual std::vector<NamedTensor> gradient(const TensorView& latents) = 0;
  // (C, h, w): the noise that the next iteration begins with; the one behind the image once it has finished.
  virtual Tensor noise(int64_t slot) = 0;
  // pixels (N, 3, H, W) in [0, 1] -> (N) scores of the objective, computed as the search computes them.
  virtual Tensor score(const TensorView& pixels, const JobControl& control) = 0;
  // Every method's gradient of every placed sample at its present noise. Moves nothing.
  virtual std::vector<GradientComparison> compare_gradients(const std::vector<GradientMethod>& methods,
                                                            double step_size, const JobControl& control) = 0;
};

}  // namespace synood
