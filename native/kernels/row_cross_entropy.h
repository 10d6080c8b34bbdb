#pragma once

#include <cstdint>

namespace synood::kernels {

struct RowLoss {
  double loss;
  bool right;  // no logit is larger than the label's
};

// One sample's logits l = scale d, of K products d, and its cross-entropy -log softmax(l)_y. In place of the
// products comes the gradient, factor (softmax(l) - onehot(y)). One thread; the row is read three times, in
// the fastest cache.
RowLoss cross_entropy_row(float* products, int64_t classes, int64_t label, float scale, float factor);

}  // namespace synood::kernels
