#pragma once

#include <ATen/ATen.h>

#include "synood/job.h"

namespace synood {

// The cosine of each row to its k-th nearest row of a bank (k at most M), both of unit length. Computed block
// against block: memory grows neither with N nor with M.
//
//   rows (N, D), bank (M, D) -> (N)
at::Tensor neighbour_cosines(const at::Tensor& rows, const at::Tensor& bank, int64_t k,
                             const JobControl& control);

}  // namespace synood
