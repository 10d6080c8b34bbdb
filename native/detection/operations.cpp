#include "detection/operations.h"

#include <map>

#include "synood/error.h"

namespace synood {

const DetectionOperation& detection_operation(const std::string& name) {
  static const std::map<std::string, DetectionOperation> operations{
      {"linear-logits", linear_logits},
      {"linear-scores", linear_scores},
      {"logit-scores", logit_scores},
      {"concept-scores", concept_scores},
      {"negated-concept-scores", negated_concept_scores},
      {"learned-negative-scores", learned_negative_scores},
      {"activation-quantile", activation_quantile},
      {"neighbour-scores", neighbour_scores},
      {"class-gaussians", class_gaussians},
      {"mahalanobis-scores", mahalanobis_scores},
      {"residual-space", residual_space},
      {"virtual-logit-scores", virtual_logit_scores},
      {"gaussian-outliers", gaussian_outliers},
      {"neighbour-outliers", neighbour_outliers},
  };
  const auto found = operations.find(name);
  if (found == operations.end())
    throw Error(ErrorCode::value, "The core knows no computation '" + name + "' of a detector.");
  return found->second;
}

}  // namespace synood
