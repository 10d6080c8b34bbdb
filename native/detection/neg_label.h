#pragma once

#include <ATen/ATen.h>

#include "synood/job.h"

namespace synood {

// NegLabel's grouped ratio (Jiang et al., 2024). With l = cosine / temperature and the negatives in `groups`
// groups of M / groups neighbours (the last M mod groups are left out),
//
//   S(f) = mean over groups g of  P / (P + N_g),   P = sum_c exp(l_c),   N_g = sum over g of exp(l_m)
//
// computed as sigmoid(log P - log N_g), which neither overflows nor underflows.
//
//   features (N, D), positives (C, D), negatives (M, D)  normalised by the caller
//   returns  (N) in [0, 1], higher is in-distribution
at::Tensor neg_label_score(const at::Tensor& features, const at::Tensor& positives,
                           const at::Tensor& negatives, int64_t groups, double temperature,
                           const JobControl& control);

}  // namespace synood
