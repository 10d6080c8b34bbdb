#include "detection/neg_label.h"

#include "detection/row_blocks.h"

namespace synood {

namespace {

// Rows a product: full speed with some ten thousand labels, and a single image still costs milliseconds.
constexpr int64_t kRows = 64;

}  // namespace

at::Tensor neg_label_score(const at::Tensor& features, const at::Tensor& positives,
                           const at::Tensor& negatives, int64_t groups, double temperature,
                           const JobControl& control) {
  const auto size = negatives.size(0) / groups;
  const auto positive_columns = positives.t() / temperature;
  const auto negative_columns = negatives.slice(0, 0, size * groups).t() / temperature;
  return map_rows(features, kRows, [&](const at::Tensor& rows) {
    control.check();
    const auto positive =
        at::logsumexp(at::matmul(rows, positive_columns), at::IntArrayRef{1}, /*keepdim=*/true);
    const auto negative =
        at::logsumexp(at::matmul(rows, negative_columns).view({kRows, groups, size}), at::IntArrayRef{2});
    return at::sigmoid(positive - negative).mean(1);
  });
}

}  // namespace synood
