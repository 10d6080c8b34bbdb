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
};

// A training loop over a pool of samples that stay where they are; `order` names the samples of each step.
//
//   contrastive   pixels (N,3,S,S) u8 or f32, ids (N,L)
//   autoencoder   pixels (N,3,H,W) u8 or f32 in [-1,1]; optional noise (steps,B,4,h,w)
//   denoiser      latents (N,4,h,w) scaled; for 9 channels also mask (N,1,h,w) and masked_latents (N,4,h,w);
//                 ids (N,L) or context (N,L,D); optional noise (steps,B,4,h,w) and timesteps (steps,B)
//   classifier    pixels, labels (N) int64
//   projection    features (N,D), labels (N) int64
//   labels        features (N,D), labels (N) int64
//   outlier-head  features (N,F), labels (N) int64, the number of classes for an outlier
//   feature-map   the same
class Trainer {
 public:
  virtual ~Trainer() = default;
  // order (steps, B) int64 -> the loss of every step
  virtual std::vector<double> run(const std::vector<NamedView>& data, const TensorView& order,
                                  const JobControl& control) = 0;
  virtual int64_t steps_done() const = 0;
  // The trained parameters and the optimiser's state ("optimizer.*"), enough to go on with the same bytes.
  virtual std::vector<NamedTensor> state() const = 0;
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
  double label_smoothing = 0;        // classifier
  double logit_scale = 100;          // projection, labels, feature map
  double outlier_weight = 0.1;       // outlier head, feature map
  int64_t outlier_start = 0;         // the same: steps before outliers count
  bool logit_norm = false;           // feature map
};

}  // namespace synood
