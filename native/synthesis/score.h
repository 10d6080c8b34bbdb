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
enum class Objective { energy, msp, max_logit, reference };

Objective parse_objective(const std::string& name);

// The score that reports and stop rule speak of; the energy for `reference`.
at::Tensor objective_score(Objective objective, const at::Tensor& logits, double temperature);

// (score - boundary)^2, or for `reference` (-5 - s)^2, whose minimum lies beyond reach when K > e^5.
at::Tensor objective_loss(Objective objective, const at::Tensor& logits, double temperature, double boundary);

}  // namespace synood
