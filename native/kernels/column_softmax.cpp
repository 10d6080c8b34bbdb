#include "kernels/column_softmax.h"

#include <limits>

#include "kernels/elementwise.h"

namespace synood::kernels {

SYNOOD_CLONES void scale_logits(const LogitBlock& block, float* largest) {
  const auto count = block.count;
  for (int64_t b = 0; b < count; ++b) largest[b] = -std::numeric_limits<float>::infinity();
  float* logits = block.logits;
  for (int64_t k = 0; k < block.classes; ++k, logits += count) {
    const float factor = block.inverse_norms ? block.scale * block.inverse_norms[k] : block.scale;
    for (int64_t b = 0; b < count; ++b) {
      const float logit = logits[b] * factor;
      logits[b] = logit;
      largest[b] = logit > largest[b] ? logit : largest[b];
    }
  }
}

SYNOOD_CLONES void exponentials(const LogitBlock& block, const float* largest, float* sums) {
  const auto count = block.count;
  for (int64_t b = 0; b < count; ++b) sums[b] = 0;
  float* logits = block.logits;
  for (int64_t k = 0; k < block.classes; ++k, logits += count)
    for (int64_t b = 0; b < count; ++b) {
      const float e = exp_inline(logits[b] - largest[b]);
      logits[b] = e;
      sums[b] += e;
    }
}

SYNOOD_CLONES void scale_shares(const LogitBlock& block, const float* factors) {
  const auto count = block.count;
  float* shares = block.logits;
  for (int64_t k = 0; k < block.classes; ++k, shares += count) {
    const float norm = block.inverse_norms ? block.inverse_norms[k] : 1;
    for (int64_t b = 0; b < count; ++b) shares[b] *= factors[b] * norm;
  }
}

}  // namespace synood::kernels
