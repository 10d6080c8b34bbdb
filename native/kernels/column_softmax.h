#pragma once

#include <cstdint>

namespace synood::kernels {

// Some classes' logits of a batch, (classes, count): samples lie beside each other, so that a loop over them
// is vector code where a softmax along a row is a sum that waits for itself. One thread; blocks of classes
// that fit a core's cache, a thread a block, are the caller's affair, and so are the sums over all blocks.
struct LogitBlock {
  float* logits;
  const float* inverse_norms;  // (classes), or null for ones
  int64_t classes, count;
  float scale;
};

// logits *= scale inverse_norms;   largest (count): of these classes. Numbers that are not comparable are
// passed over here and come to light in the exponentials.
void scale_logits(const LogitBlock& block, float* largest);

// logits = exp(logits - largest);   sums (count): of these classes
void exponentials(const LogitBlock& block, const float* largest, float* sums);

// logits *= factors (count) inverse_norms
void scale_shares(const LogitBlock& block, const float* factors);

}  // namespace synood::kernels
