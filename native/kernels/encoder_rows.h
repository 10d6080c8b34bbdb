#pragma once

#include <cstdint>

namespace synood {

// The loops of a transformer block's forward and backward pass that are not matrix products, on rows of
// float32. One thread each: a block is computed in parts that fit a core's cache, a thread a part, and the
// memory that a part goes through stays near.
namespace encoder_rows {

// y = (x - mean) rstd g + b over rows of D; keeps each row's mean and rstd (2 numbers) for the way back.
void layer_norm(const float* x, const float* g, const float* b, float eps, float* y, float* statistics,
                int64_t rows, int64_t width);
// The same y again from what was kept.
void layer_norm_again(const float* x, const float* statistics, const float* g, const float* b, float* y,
                      int64_t rows, int64_t width);
// dx (rows, D) is added to; dg and db (D) too.
void layer_norm_backward(const float* x, const float* statistics, const float* g, const float* dy, float* dx,
                         float* dg, float* db, int64_t rows, int64_t width);

// x sigmoid(1.702 x), and with x becoming the derivative times dy: (x, dy) -> (y in y, dx in dy).
void quick_gelu(const float* x, float* y, int64_t count);
void quick_gelu_backward(const float* x, float* dy, float* y, int64_t count);

// to += from
void add(const float* from, float* to, int64_t count);
// rows of D numbers, each of them `row`
void repeat_row(const float* row, float* to, int64_t rows, int64_t width);
// sums (D) += the rows of x (rows, D)
void add_rows(const float* x, float* sums, int64_t rows, int64_t width);

// Rows of scores become their softmax; with `causal` row r sees its first r + 1 keys.
void softmax(float* scores, int64_t rows, int64_t keys, bool causal);
// dp becomes ds = p (dp - sum p dp).
void softmax_backward(const float* shares, float* dp, int64_t rows, int64_t keys);

}  // namespace encoder_rows
}  // namespace synood
