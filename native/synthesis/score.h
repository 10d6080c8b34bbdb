#pragma once

#include <ATen/ATen.h>

#include <string>

namespace synood {

// Scores of logits (..., K) -> (...), all higher for in-distribution.

// Energy (Liu et al., 2020): T * logsumexp(logits / T)
at::Tensor energy_score(const at::Tensor& logits, double temperature);
// Maximum softmax probability (Hendrycks & Gimpel, 2017): max softmax(logits / T)
at::Tensor msp_score(const at::Tensor& logits, double temperature);
// Maximum logit (Hendrycks et al., 2022)
at::Tensor max_logit_score(const at::Tensor& logits);

// s = mean(logits) - logsumexp(logits), at most -ln K, which uniform logits reach: *lower* for
// in-distribution.
at::Tensor reference_statistic(const at::Tensor& logits);

// What a synthesis drives towards its boundary.
enum class Objective { energy, msp, max_logit, authors, reference };

Objective parse_objective(const std::string& name);

// What an objective's score can be at all, for K classes and logits that are at most `limit` in size.
struct ScoreRange {
  double low, high;
};
ScoreRange score_range(Objective objective, int64_t classes, double temperature, double limit);

// ERR_CONFIG naming the range when the target lies outside it. The `reference` objective is let pass: its
// target is the authors'.
void expect_reachable(Objective objective, double target, int64_t classes, double temperature, double limit);

// The score that reports and stop rule speak of; the energy for `reference`, -s for
// `authors`.
at::Tensor objective_score(Objective objective, const at::Tensor& logits, double temperature);

// (score - boundary)^2, or for `reference` (-5 - s)^2, whose minimum lies beyond reach when K > e^5.
at::Tensor objective_loss(Objective objective, const at::Tensor& logits, double temperature, double boundary);

}  // namespace synood
