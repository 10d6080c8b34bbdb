#pragma once

#include <cstdint>

namespace synood::kernels {

// A step of gradient descent with momentum on some rows of a table t whose loss sees them at unit length, one
// thread. With what the loss says of the unit rows, d = (G^T z)_k / |t_k|:
//
//   g = d - t <d, t> / |t|^2;   u = momentum u + g + decay t;   t -= rate u
struct TableRows {
  int64_t count, width;
  float *table, *momentum;  // (count, D); momentum may be null, for none
  float* inverse_norms;     // (count): 1 / max(|t|, 1e-12), of the rows as they are; renewed
  const float* gradients;   // (count, D): d
  float rate, momentum_factor, decay;
};

// returns the sum of g^2
double descend(const TableRows& r);

// result (count): 1 / max(|t|, 1e-12) of rows of t (count, D)
void inverse_norms_of(const float* table, int64_t count, int64_t width, float* result);

}  // namespace synood::kernels
