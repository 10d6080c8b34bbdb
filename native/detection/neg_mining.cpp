#include "detection/neg_mining.h"

#include <cmath>

#include "detection/row_blocks.h"

namespace synood {

namespace {

// (N, C) -> (N). Only the numbers on the nearer side of the quantile are sorted.
at::Tensor row_quantile(const at::Tensor& values, double quantile) {
  const auto count = values.size(1);
  const double rank = quantile * static_cast<double>(count - 1);
  const auto below = static_cast<int64_t>(std::floor(rank));
  const auto above = std::min(below + 1, count - 1);
  const bool largest = below >= count / 2;
  const auto kept = largest ? count - below : above + 1;
  const auto sorted = std::get<0>(values.topk(kept, 1, largest, /*sorted=*/true));
  const auto at_rank = [&](int64_t place) { return sorted.select(1, largest ? count - 1 - place : place); };
  return at::lerp(at_rank(below), at_rank(above), rank - static_cast<double>(below));
}

}  // namespace

at::Tensor candidate_distances(const at::Tensor& candidates, const at::Tensor& positives, double quantile,
                               const JobControl& control) {
  const auto columns = positives.t().contiguous();
  return map_rows(candidates, kScoreRows, [&](const at::Tensor& rows) {
    control.check();
    return row_quantile(at::matmul(rows, columns), quantile);
  });
}

}  // namespace synood
