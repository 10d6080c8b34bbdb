#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "synood/training.h"

namespace synood {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// One update of all parameters, through the fused operations behind torch.optim's `fused=True`:
//
//   adam   g += decay p;      m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
//          p -= rate / (1 - b1^t) m / (sqrt(v) / sqrt(1 - b2^t) + eps)
//   adamw  p *= 1 - rate decay, then as adam without the decay in g (Loshchilov & Hutter, 2019)
//   sgd    g += decay p;      u = momentum u + g;  p -= rate u
//
// The parameters are shared with their model and change in place.
class Optimizer {
 public:
  Optimizer(const OptimizerOptions& options, const NamedTensors& parameters);

  // gradients: one a parameter, undefined where the loss does not depend on it. `step` counts updates done
  // before this one.
  void update(std::vector<at::Tensor> gradients, int64_t step);

  // What an sgd step number `step` does to one parameter, for a loop that does it itself as it goes over its
  // gradient. Nothing of another kind.
  struct Descent {
    double rate, momentum, weight_decay;
    at::Tensor buffer;  // of the momentum; undefined where there is none
  };
  std::optional<Descent> descent(size_t parameter, int64_t step) const;

  // "optimizer.exp_avg.<name>" and "optimizer.exp_avg_sq.<name>", or "optimizer.momentum.<name>": the tensors
  // themselves, to be read or written.
  NamedTensors state() const;

 private:
  struct Group;
  void update(const Group& group, double rate, int64_t step);
  bool decays(size_t parameter) const;

  OptimizerOptions options_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> first_, second_;  // adam's moments; sgd's momentum in the first
};

// The Euclidean norm of all defined gradients together; 0 without any.
double gradient_norm(const std::vector<at::Tensor>& gradients);

// In place. Clipping to max_norm as torch.nn.utils.clip_grad_norm_ does is the factor
// min(1, max_norm / (norm + 1e-6)).
void scale_gradients(std::vector<at::Tensor>& gradients, double factor);

}  // namespace synood
