#pragma once

#include <ATen/ATen.h>

#include <utility>

#include "synood/job.h"

namespace synood {

// Class means (C, F) and the tied covariance (F, F) of what is left, (1 / N) sum (z - mu_y)(z - mu_y)^T, in
// double precision, a block of rows at a time.
//
//   features (N, F), labels (N) int64 on the host; ERR_VALUE if a class has no features
std::pair<at::Tensor, at::Tensor> tied_gaussians(const at::Tensor& features, const at::Tensor& labels,
                                                 int64_t classes, const JobControl& control);

}  // namespace synood
