#include "kernels/table_descent.h"

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/vector_loops.h"

namespace synood::kernels {

namespace {

SYNOOD_INLINE float inverse_norm_of(const float* row, int64_t width) {
  const float norm = std::sqrt(lane_sum(width, [&](int64_t i) { return row[i] * row[i]; }));
  return 1 / std::max(norm, 1e-12f);
}

}  // namespace

SYNOOD_CLONES double descend(const TableRows& r) {
  const auto width = r.width;
  double squares = 0;
  for (int64_t k = 0; k < r.count; ++k) {
    const float* __restrict d = r.gradients + k * width;
    float* __restrict t = r.table + k * width;
    const float inverse = r.inverse_norms[k];
    const float share = inverse * inverse * lane_sum(width, [&](int64_t i) { return d[i] * t[i]; });
    squares += lane_sum(width, [&](int64_t i) {
      const float g = d[i] - share * t[i];
      return g * g;
    });
    if (r.momentum == nullptr) {
      for (int64_t i = 0; i < width; ++i) t[i] -= r.rate * (d[i] - share * t[i] + r.decay * t[i]);
    } else {
      float* __restrict u = r.momentum + k * width;
      for (int64_t i = 0; i < width; ++i) {
        u[i] = r.momentum_factor * u[i] + (d[i] - share * t[i] + r.decay * t[i]);
        t[i] -= r.rate * u[i];
      }
    }
    r.inverse_norms[k] = inverse_norm_of(t, width);
  }
  return squares;
}

SYNOOD_CLONES void inverse_norms_of(const float* table, int64_t count, int64_t width, float* result) {
  for (int64_t k = 0; k < count; ++k) result[k] = inverse_norm_of(table + k * width, width);
}

}  // namespace synood::kernels
