#pragma once

#include <cstdint>

namespace synood::kernels {

// GEGLU's product (Shazeer, 2020), read once: y = a gelu(g), gelu(g) = g Phi(g).
//
//   x  (rows, 2 width): a, then g
//   y  (rows, width)
void gated_gelu(const float* x, float* y, int64_t rows, int64_t width);

}  // namespace synood::kernels
