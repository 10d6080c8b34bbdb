#include "kernels/encoder_rows.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/vector_loops.h"

namespace synood::encoder_rows {

namespace {

// e^x to about 1e-7 relative: x = n ln 2 + r, a polynomial for e^r (Cephes' expf), n into the exponent. What
// the compiler can make vectors of, which a call of std::exp is not.
SYNOOD_INLINE float exponential(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float n = (x * 1.44269504088896341f + kRound) - kRound;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float e = p * r * r + r + 1.0f;
  return e * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

}  // namespace

SYNOOD_VECTOR_LOOPS void layer_norm(const float* x, const float* g, const float* b, float eps, float* y,
                                    float* statistics, int64_t rows, int64_t width) {
  const float share = 1 / static_cast<float>(width);
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float mean = share * lane_sum(width, [&](int64_t i) { return x[i]; });
    const float variance = share * lane_sum(width, [&](int64_t i) { return (x[i] - mean) * (x[i] - mean); });
    const float rstd = 1 / std::sqrt(variance + eps);
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * rstd * g[i] + b[i];
    statistics[2 * row] = mean;
    statistics[2 * row + 1] = rstd;
  }
}

SYNOOD_VECTOR_LOOPS void layer_norm_again(const float* x, const float* statistics, const float* g,
                                          const float* b, float* y, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    const float mean = statistics[2 * row], rstd = statistics[2 * row + 1];
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * rstd * g[i] + b[i];
  }
}

SYNOOD_VECTOR_LOOPS void layer_norm_backward(const float* x, const float* statistics, const float* g,
                                             const float* dy, float* dx, float* dg, float* db, int64_t rows,
                                             int64_t width) {
  const float share = 1 / static_cast<float>(width);
  for (int64_t row = 0; row < rows; ++row, x += width, dy += width, dx += width) {
    const float mean = statistics[2 * row], rstd = statistics[2 * row + 1];
    const float level = share * lane_sum(width, [&](int64_t i) { return dy[i] * g[i]; });
    const float tilt =
        share * rstd * lane_sum(width, [&](int64_t i) { return dy[i] * g[i] * (x[i] - mean); });
    for (int64_t i = 0; i < width; ++i) {
      const float normed = (x[i] - mean) * rstd;
      dg[i] += dy[i] * normed;
      db[i] += dy[i];
      dx[i] += (dy[i] * g[i] - level - normed * tilt) * rstd;
    }
  }
}

SYNOOD_VECTOR_LOOPS void quick_gelu(const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] / (1.0f + exponential(-1.702f * x[i]));
}

SYNOOD_VECTOR_LOOPS void quick_gelu_backward(const float* x, float* dy, float* y, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float sigmoid = 1.0f / (1.0f + exponential(-1.702f * x[i]));
    y[i] = x[i] * sigmoid;
    dy[i] *= sigmoid * (1.0f + 1.702f * x[i] * (1.0f - sigmoid));
  }
}

SYNOOD_VECTOR_LOOPS void add_rows(const float* x, float* sums, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width)
    for (int64_t i = 0; i < width; ++i) sums[i] += x[i];
}

SYNOOD_VECTOR_LOOPS void add(const float* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] += from[i];
}

void repeat_row(const float* row, float* to, int64_t rows, int64_t width) {
  for (int64_t i = 0; i < rows; ++i)
    std::memcpy(to + i * width, row, static_cast<size_t>(width) * sizeof(float));
}

SYNOOD_VECTOR_LOOPS void softmax(float* scores, int64_t rows, int64_t keys, bool causal) {
  for (int64_t row = 0; row < rows; ++row, scores += keys) {
    const int64_t seen = causal ? row + 1 : keys;
    const float top = lane_max(scores, seen);
    for (int64_t i = 0; i < seen; ++i) scores[i] = exponential(scores[i] - top);
    const float inverse = 1 / lane_sum(seen, [&](int64_t i) { return scores[i]; });
    for (int64_t i = 0; i < seen; ++i) scores[i] *= inverse;
    for (int64_t i = seen; i < keys; ++i) scores[i] = 0;
  }
}

SYNOOD_VECTOR_LOOPS void softmax_backward(const float* shares, float* dp, int64_t rows, int64_t keys) {
  for (int64_t row = 0; row < rows; ++row, shares += keys, dp += keys) {
    const float mean = lane_sum(keys, [&](int64_t i) { return shares[i] * dp[i]; });
    for (int64_t i = 0; i < keys; ++i) dp[i] = shares[i] * (dp[i] - mean);
  }
}

}  // namespace synood::encoder_rows
