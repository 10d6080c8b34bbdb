#include "kernels/projection_rows.h"

#include <algorithm>
#include <cmath>

#include "kernels/vector_loops.h"

namespace synood::kernels {

namespace {

constexpr float kEpsilon = 1e-5f;

}  // namespace

SYNOOD_VECTOR_LOOPS void project(const ProjectedRows& r) {
  const auto width = r.width;
  const float share = 1 / static_cast<float>(width);
  const float *gain = r.norm_weight, *offset = r.norm_bias;
  for (int64_t b = 0; b < r.count; ++b) {
    const float* __restrict f = r.features + b * width;
    float* __restrict h = r.hidden + b * width, * __restrict z = r.rows + b * width;
    const float mean = share * lane_sum(width, [&](int64_t i) { return h[i]; });
    const float variance = share * lane_sum(width, [&](int64_t i) { return (h[i] - mean) * (h[i] - mean); });
    const float inverse = 1 / std::sqrt(variance + kEpsilon);
    for (int64_t i = 0; i < width; ++i) {
      h[i] = (h[i] - mean) * inverse;
      const float n = h[i] * gain[i] + offset[i];
      z[i] = f[i] + (n > 0 ? n : 0);
    }
    const float norm = std::sqrt(lane_sum(width, [&](int64_t i) { return z[i] * z[i]; }));
    const float inverse_norm = 1 / std::max(norm, 1e-12f);
    for (int64_t i = 0; i < width; ++i) z[i] *= inverse_norm;
    r.inverse_deviations[b] = inverse;
    r.inverse_norms[b] = inverse_norm;
  }
}

SYNOOD_VECTOR_LOOPS void differentiate(const ProjectedRows& r, float* row_gradients, float* sums) {
  const auto width = r.width;
  const float share = 1 / static_cast<float>(width);
  const float *gain = r.norm_weight, *offset = r.norm_bias;
  float* __restrict gain_sum = sums, * __restrict offset_sum = sums + width, * __restrict hidden_sum = sums + 2 * width;
  std::fill(sums, sums + 3 * width, 0.0f);
  for (int64_t b = 0; b < r.count; ++b) {
    const float* __restrict z = r.rows + b * width;
    float* __restrict h = r.hidden + b * width, * __restrict d = row_gradients + b * width;
    const float along = lane_sum(width, [&](int64_t i) { return z[i] * d[i]; });
    const float inverse_norm = r.inverse_norms[b];
    for (int64_t i = 0; i < width; ++i) {
      // A factor, not a choice: the compiler would make the latter a jump, and the loop one of single
      // numbers.
      const float on = h[i] * gain[i] + offset[i] >= 0 ? 1.0f : 0.0f;
      const float dn = on * ((d[i] - z[i] * along) * inverse_norm);
      gain_sum[i] += dn * h[i];
      offset_sum[i] += dn;
      d[i] = dn * gain[i];
    }
    const float mean = share * lane_sum(width, [&](int64_t i) { return d[i]; });
    const float tilt = share * lane_sum(width, [&](int64_t i) { return d[i] * h[i]; });
    const float inverse = r.inverse_deviations[b];
    for (int64_t i = 0; i < width; ++i) {
      h[i] = (d[i] - mean - h[i] * tilt) * inverse;
      hidden_sum[i] += h[i];
    }
  }
}

SYNOOD_VECTOR_LOOPS void add_rows_up(const float* from, int64_t rows, int64_t width, float* to) {
  std::copy(from, from + width, to);
  for (int64_t row = 1; row < rows; ++row)
    for (int64_t i = 0; i < width; ++i) to[i] += from[row * width + i];
}

}  // namespace synood::kernels
