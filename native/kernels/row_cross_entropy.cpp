#include "kernels/row_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/vector_loops.h"

namespace synood::kernels {

namespace {

// Numbers that a float's running sums add up; the rest of a row's is done in double precision.
constexpr int64_t kPart = 1024;

}  // namespace

SYNOOD_CLONES RowLoss cross_entropy_row(float* products, int64_t classes, int64_t label, float scale,
                                        float factor) {
  for (int64_t k = 0; k < classes; ++k) products[k] *= scale;
  const float largest = lane_max(products, classes), own = products[label];
  double sum = 0;
  for (int64_t first = 0; first < classes; first += kPart) {
    float* logits = products + first;
    const auto count = std::min(kPart, classes - first);
    for (int64_t k = 0; k < count; ++k) logits[k] = exp_inline(logits[k] - largest);
    sum += lane_sum(count, [&](int64_t k) { return logits[k]; });
  }
  const auto share = static_cast<float>(factor / sum);
  for (int64_t k = 0; k < classes; ++k) products[k] *= share;
  products[label] -= factor;
  return {static_cast<double>(largest) + std::log(sum) - own, own >= largest};
}

}  // namespace synood::kernels
