#include "kernels/grouped_softmax.h"

#include <cmath>

#include "engine/parallel.h"
#include "kernels/elementwise.h"
#include "kernels/vector_loops.h"

namespace synood::kernels {
namespace {

SYNOOD_VECTOR_LOOPS float log_sum_exp(const float* x, int64_t count) {
  const float top = lane_max(x, count);
  const float sum = lane_sum(count, [&](int64_t i) { return exp_inline(x[i] - top); });
  return top + std::log(sum);
}

float score(const float* positive, const float* negative, const LabelGroups& labels) {
  const float inside = log_sum_exp(positive, labels.classes);
  double sum = 0;
  for (int64_t g = 0; g < labels.groups; ++g) {
    const float outside = log_sum_exp(negative + g * labels.size, labels.size);
    sum += 1 / (1 + std::exp(static_cast<double>(outside) - inside));
  }
  return static_cast<float>(sum / static_cast<double>(labels.groups));
}

}  // namespace

void grouped_softmax(const float* positive, const float* negative, float* scores, int64_t rows,
                     const LabelGroups& labels) {
  parallel_for(0, rows, 1, [&](int64_t begin, int64_t end) {
    for (auto i = begin; i < end; ++i) {
      scores[i] = score(positive + i * labels.classes, negative + i * labels.groups * labels.size, labels);
    }
  });
}

}  // namespace synood::kernels
