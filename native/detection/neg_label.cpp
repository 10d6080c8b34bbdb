#include "detection/neg_label.h"

#include "detection/row_blocks.h"

namespace synood {

namespace {

// Rows a product: nearly full speed with some ten thousand labels, and a single image still costs
// milliseconds.
constexpr int64_t kRows = 256;

// log sum exp over the last dimension, the sums in the place of the numbers.
at::Tensor log_sum_exp_(at::Tensor values) {
  const auto top = values.amax({-1}, /*keepdim=*/true);
  return values.sub_(top).exp_().sum(at::IntArrayRef{-1}).log_().add_(top.squeeze(-1));
}

}  // namespace

at::Tensor neg_label_score(const at::Tensor& features, const at::Tensor& positives,
                           const at::Tensor& negatives, int64_t groups, double temperature,
                           const JobControl& control) {
  const auto size = negatives.size(0) / groups;
  const auto positive_columns = (positives / temperature).t();
  const auto negative_columns = (negatives.slice(0, 0, size * groups) / temperature).t();
  // Lent to every block of rows: fresh memory for megabytes of logits costs more than what is done with them.
  auto positive_logits = at::empty({kRows, positives.size(0)}, features.options());
  auto negative_logits = at::empty({kRows, size * groups}, features.options());
  return map_rows(features, kRows, [&](const at::Tensor& rows) {
    control.check();
    at::mm_out(positive_logits, rows, positive_columns);
    at::mm_out(negative_logits, rows, negative_columns);
    const auto positive = log_sum_exp_(positive_logits).unsqueeze(1);
    const auto negative = log_sum_exp_(negative_logits.view({kRows, groups, size}));
    return at::sigmoid(positive - negative).mean(1);
  });
}

}  // namespace synood
