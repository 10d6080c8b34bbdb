#include "detection/neg_label.h"

#include "detection/row_blocks.h"
#include "engine/cuda_launch.h"
#include "kernels/grouped_softmax.h"

namespace synood {

namespace {

// log sum exp over the last dimension, the sums in the place of the numbers.
at::Tensor log_sum_exp_(at::Tensor values) {
  const auto top = values.amax({-1}, /*keepdim=*/true);
  return values.sub_(top).exp_().sum(at::IntArrayRef{-1}).log_().add_(top.squeeze(-1));
}

// The last step, in one pass where there is a kernel; positive (R, C) and negative (R, M) may be overwritten.
at::Tensor grouped_scores(at::Tensor positive, at::Tensor negative, int64_t groups, int64_t size) {
  const auto rows = positive.size(0);
  const kernels::LabelGroups labels{positive.size(1), groups, size};
  if (positive.scalar_type() == at::kFloat && (positive.is_cpu() || has_cuda_kernels(positive))) {
    auto scores = at::empty({rows}, positive.options());
    const auto *p = positive.const_data_ptr<float>(), *n = negative.const_data_ptr<float>();
    if (positive.is_cpu()) {
      kernels::grouped_softmax(p, n, scores.data_ptr<float>(), rows, labels);
    } else {
      kernels::cuda::grouped_softmax(p, n, scores.data_ptr<float>(), rows, labels, CudaLaunch(positive));
    }
    return scores;
  }
  const auto inside = log_sum_exp_(positive).unsqueeze(1);
  const auto outside = log_sum_exp_(negative.view({rows, groups, size}));
  return at::sigmoid(inside - outside).mean(1);
}

}  // namespace

at::Tensor neg_label_score(const at::Tensor& features, const at::Tensor& positives,
                           const at::Tensor& negatives, int64_t groups, double temperature,
                           const JobControl& control) {
  const auto size = negatives.size(0) / groups;
  const auto positive_columns = (positives / temperature).t();
  const auto negative_columns = (negatives.slice(0, 0, size * groups) / temperature).t();
  // Lent to every block of rows: fresh memory for megabytes of logits costs more than what is done with them.
  auto positive_logits = at::empty({kScoreRows, positives.size(0)}, features.options());
  auto negative_logits = at::empty({kScoreRows, size * groups}, features.options());
  return map_rows(features, kScoreRows, [&](const at::Tensor& rows) {
    control.check();
    at::mm_out(positive_logits, rows, positive_columns);
    at::mm_out(negative_logits, rows, negative_columns);
    return grouped_scores(positive_logits, negative_logits, groups, size);
  });
}

}  // namespace synood
