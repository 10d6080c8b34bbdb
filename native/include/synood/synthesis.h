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

  std::string objective = "energy";  // "energy": (E - boundary)^2; "reference": the authors' (-5 - s)^2
  double temperature = 1;            // of the energy
  double boundary = 0;               // on the in-distribution score -E: logsumexp(logits / T) * T
  double tolerance = 0.1;            // accepted when |score - boundary| <= tolerance
  std::string latent_gradient = "unscaled";  // with respect to "unscaled" (as published) or "scaled" latents
  std::string step_rule = "normalised";      // "fixed": lr * g; "normalised": lr * g / rms(g)
  double step_size = 0.1;
  int64_t max_iterations = 10;
  PixelTransformSpec transform;  // the classifier's preprocessing
};

struct SynthesisItem {
  std::string id;
  uint64_t seed = 0;             // of this sample, from the run's seed and the id alone
  TensorView image;              // (3, H, W) in [-1, 1]
  TensorView mask;               // (1, H, W)
  TensorView ids, negative_ids;  // (L) int64
};

// What one iteration did to one place in the batch.
struct SlotReport {
  int64_t slot = 0;
  int64_t iteration = 0;     // 1 for the first decoded image
  double score = 0;          // of the decoded image, higher is in-distribution
  double gradient_norm = 0;  // of the loss at the decoded latent; 0 when no gradient was needed
  bool finished = false, accepted = false;
  std::string reason;  // "boundary" | "iterations" | "not-finite"
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
  // One decode + score + gradient for given latents (N, 4, h, w), for tests and diagnostics:
  // returns {"score" (N), "loss" (N), "gradient" (N, 4, h, w)}.
  virtual std::vector<NamedTensor> gradient(const TensorView& latents) = 0;
};

}  // namespace synood
