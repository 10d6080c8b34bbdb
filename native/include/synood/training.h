#pragma once

#include <memory>
#include <string>
#include <vector>

#include "synood/job.h"
#include "synood/models.h"

namespace synood {

struct OptimizerOptions {
  std::string kind = "adamw";  // "adam" (L2 in the gradient) | "adamw" (decoupled) | "sgd"
  double learning_rate = 1e-3, weight_decay = 0, momentum = 0;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double final_learning_rate = 0;  // cosine from learning_rate to this one over total_steps
  int64_t warmup_steps = 0;        // linear
  int64_t total_steps = 0;         // 0: constant rate
  double max_gradient_norm = 0;    // 0: no clipping
  // Weight decay spares vectors and single numbers (norms, biases, CLIP's scale), as OpenCLIP trains.
  bool decay_matrices_only = false;
};

// What one step came to.
struct StepFigures {
  double loss = 0, learning_rate = 0;
  double accuracy = 0;       // of the batch, NaN where the loop has none
  double gradient_norm = 0;  // of all gradients together, before clipping
};

// Changes of 8-bit pixels, drawn anew for each sample of each step.
struct Augmentation {
  double minimum_share = 1;  // a square crop of this share of the image at least, resized back
  bool flip = false;         // left and right, half of the time
  double jitter = 0;         // brightness and contrast by up to this share
};

// A training loop over a pool of samples that stay where they are; `order` names the samples of each step.
//
//   contrastive   pixels (N,3,S,S) u8 or f32; ids (N,L), or captions (N,M,L) of which a step draws one a
//                 sample, the first caption_counts (N) of them where those are given
//   autoencoder   pixels (N,3,H,W) u8 or f32 in [-1,1]; optional noise (steps,B,4,h,w)
//   denoiser      latents (N,4,h,w) scaled; for 9 channels also mask (N,1,h,w) and masked_latents (N,4,h,w);
//                 ids (N,L) or context (N,L,D); optional noise (steps,B,4,h,w) and timesteps (steps,B)
//   classifier    pixels, labels (N) int64
//   projection    features (N,D), labels (N) int64
//   labels        features (N,D), labels (N) int64
//   outlier-head  features (N,F), labels (N) int64, the number of classes for an outlier
//   feature-map   the same
//   joint         features (N,D), labels (N) int64
//   linear        features (N,D), labels (N) int64
//   clipn         pixels (N,3,S,S) or features (N,D), ids (N,L); optional prompts (steps,B) int64
//   lsn           features (N,D), labels (N) int64
//
// Row r of `order` is the batch of update r. With `accumulation` A it is computed in A parts of B / A
// samples, whose gradients are averaged.
class Trainer {
 public:
  virtual ~Trainer() = default;
  // order (steps, B) int64 -> the figures of every step
  virtual std::vector<StepFigures> run(const std::vector<NamedView>& data, const TensorView& order,
                                       const JobControl& control) = 0;
  virtual int64_t steps_done() const = 0;
  // The trained parameters, the optimiser's state ("optimizer.*") and, with ema_decay, their averages
  // ("ema.*"): enough to go on with the same bytes.
  virtual std::vector<NamedTensor> state() const = 0;
  // What the training is for: the trained parameters, or their averages where ema_decay keeps them, and
  // buffers. Of clipn a text tower with the mean prompt folded into its position embedding, and `prompts`; of
  // lsn `contexts` and the classes' `features` (contexts, C, D), normalised.
  virtual std::vector<NamedTensor> result() = 0;
  virtual void load_state(const std::vector<NamedView>& state, int64_t steps_done) = 0;
};

struct TrainerOptions {
  OptimizerOptions optimizer;
  uint64_t seed = 0;
  std::vector<double> mean{0.5, 0.5, 0.5},
      std{0.5, 0.5, 0.5};            // normalisation of u8 pixels: (x/255 - mean) / std
  double kl_weight = 1e-6;           // autoencoder
  double mse_weight = 1;             // autoencoder: weight of squared error beside absolute error
  double unconditional_share = 0.1;  // denoiser: share of samples trained on empty_ids
  std::vector<int64_t> empty_ids;    // denoiser: (L) the empty prompt
  SchedulerSpec scheduler;           // denoiser
  // denoiser: timesteps weigh as Min-SNR has them, which spends less on steps whose noise hides nothing (Hang
  // et al., 2023). 5 is usual; 0: all weigh the same.
  double snr_gamma = 0;
  double label_smoothing = 0;  // classifier
  double logit_scale = 100;    // projection, labels, joint, feature map
  // projection, joint: of the layer norm, [0, 1]. The residual is relu of this times a normalised vector, so
  // that a small one begins near CLIP's own features; at 0 it begins with them. 1: as published.
  double initial_gain = 1;
  double outlier_weight = 0.1;  // outlier head, feature map
  int64_t outlier_start = 0;    // the same: steps before outliers count
  bool logit_norm = false;      // feature map
  int64_t accumulation = 1;
  // Exponential moving average of the parameters, warmed up as diffusers' EMAModel: after update n its decay
  // is min(ema_decay, n / (9 + n)), 0 for the first. 0: none is kept.
  double ema_decay = 0;
  // What the forward pass computes in; parameters stay float32. "bfloat16" and "float16" (with loss scaling)
  // need a GPU.
  std::string precision = "float32";
  std::vector<std::string> trained;  // beginnings of the names of parameters that are trained; empty: all
  Augmentation augmentation;
  double label_weight = 1;      // joint: weight of the label loss beside the projection's
  bool double_softmax = false;  // lsn: cross-entropy of probabilities, as the authors' code has it
};

// LSN's learned contexts (Nie et al., 2024): `class_specific` negative ones, or one context that all classes
// share.
struct PromptSpec {
  std::string side = "positive";  // or "negative"
  int64_t contexts = 1;           // 1; how many negative ones each class has
  int64_t length = 16;            // tokens of a context
};

}  // namespace synood
