#pragma once

#include <ATen/ATen.h>

#include "synood/job.h"

namespace synood {

// NegMining (Jiang et al., 2024): how near each candidate label lies to the in-distribution ones, the
// `quantile` of its cosines to all of them, linearly interpolated as torch.quantile does. The lowest are
// farthest from everything in-distribution.
//
//   candidates (M, D), positives (C, D)  normalised by the caller
//   returns    (M)
at::Tensor candidate_distances(const at::Tensor& candidates, const at::Tensor& positives, double quantile,
                               const JobControl& control);

}  // namespace synood
