#pragma once

#include <cstdint>

#include "kernels/launch.h"

namespace synood::kernels {

// `classes` labels in the distribution; `groups` of `size` labels outside it, neighbours in memory.
struct LabelGroups {
  int64_t classes = 1, groups = 1, size = 1;
};

// NegLabel's grouped softmax (Jiang et al., 2024) from logits l, with P and N_g the sums of exp(l):
//
//   score = mean over groups g of  P / (P + N_g) = sigmoid(log P - log N_g)
//
//   positive  (rows, classes)
//   negative  (rows, groups size)
//   scores    (rows) in [0, 1]
//
// Each row's bits depend on the row alone.
void grouped_softmax(const float* positive, const float* negative, float* scores, int64_t rows,
                     const LabelGroups& labels);

namespace cuda {
void grouped_softmax(const float* positive, const float* negative, float* scores, int64_t rows,
                     const LabelGroups& labels, const Launch& launch);
}

}  // namespace synood::kernels
