#pragma once

#include <map>
#include <string>
#include <vector>

#include "synood/job.h"
#include "synood/models.h"
#include "synood/tensor.h"

namespace synood {

// NegLabel's grouped score (Jiang et al., 2024): negatives (M, D) in the order of the stored permutation, the
// trailing M mod groups left out.
struct NegLabelOptions {
  int64_t groups = 100;
  double temperature = 0.01;
};

// One computation of a detector by its name, see native/detection/operations.h for the table: what it reads
// are tensors, numbers and words, what it makes are tensors.
struct DetectionCall {
  std::string operation;
  std::vector<NamedView> tensors;
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> words;
};

// ODIN (Liang et al., 2018): `std` are the deviations that the pixels were normalised with.
struct OdinOptions {
  double temperature = 1000, epsilon = 0.0014;
  std::vector<double> std{0.229, 0.224, 0.225};
};

class Detection {
 public:
  virtual ~Detection() = default;
  // features (N, D), positives (C, D), negatives (M, D), all normalised inside -> (N) in [0, 1], higher is
  // in-distribution
  virtual Tensor neg_label_score(const TensorView& features, const TensorView& positives,
                                 const TensorView& negatives, const NegLabelOptions& options,
                                 const JobControl& control) = 0;
  // NegMining: per candidate (M, D) the `quantile` of its cosines to all positives (C, D) -> (M); low is far
  // from all
  virtual Tensor candidate_distances(const TensorView& candidates, const TensorView& positives,
                                     double quantile, const JobControl& control) = 0;
  // cosines of every row pair: (N, D) x (M, D) -> (N, M)
  virtual Tensor cosines(const TensorView& rows, const TensorView& columns) = 0;
  // f' = normalise(f + relu(layer_norm(W f + b))) (SynOOD, section 3.3): features (N, D) -> (N, D)
  virtual Tensor project(const TensorView& features, const TensorView& weight, const TensorView& bias,
                         const TensorView& norm_weight, const TensorView& norm_bias) = 0;
  virtual std::vector<NamedTensor> compute(const DetectionCall& call, const JobControl& control) = 0;
  // pixels (N, 3, H, W) normalised -> logits (N, C) of the pixels that were moved along the input gradient
  virtual Tensor odin_logits(Classifier& classifier, const TensorView& pixels, const OdinOptions& options,
                             int64_t batch_size, const JobControl& control) = 0;
  // ids (1, L) int64 of a prompt with `token`, embeddings (M, W) that stand in for it -> hidden states (M, L,
  // W)
  virtual Tensor placeholder_states(Clip& clip, const TensorView& ids, int64_t token,
                                    const TensorView& embeddings, const JobControl& control) = 0;
};

}  // namespace synood
