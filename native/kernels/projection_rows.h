#pragma once

#include <cstdint>

namespace synood::kernels {

// Some rows of SynOOD's projection (nn/feature_projection.h), float32, one thread: hidden h = W f + b, unit
// rows z = u / |u| of u = f + relu(gamma x^ + beta), and what the way back needs.
struct ProjectedRows {
  int64_t count, width;
  const float *features, *norm_weight, *norm_bias;  // (count, D), (D), (D)
  float *hidden, *rows;                             // (count, D): h, then x^, then dh; z
  float *inverse_deviations, *inverse_norms;        // (count)

  // rows [first, end)
  ProjectedRows part(int64_t first, int64_t end) const {
    return {end - first,
            width,
            features + first * width,
            norm_weight,
            norm_bias,
            hidden + first * width,
            rows + first * width,
            inverse_deviations + first,
            inverse_norms + first};
  }
};

// hidden becomes x^; rows z.
void project(const ProjectedRows& r);

// row_gradients (count, D): dz, becomes dx^; hidden becomes dh. sums (3, D), over these rows: dgamma, dbeta,
// and of dh. The formulas stand in training/projection_layer.h.
void differentiate(const ProjectedRows& r, float* row_gradients, float* sums);

// to (width): the sum of the rows of from (rows, width), in order
void add_rows_up(const float* from, int64_t rows, int64_t width, float* to);

}  // namespace synood::kernels
