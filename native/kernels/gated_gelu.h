#pragma once

#include <cstdint>

#include "kernels/launch.h"

namespace synood::kernels {

// GEGLU's product (Shazeer, 2020), read once: y = a gelu(g), gelu(g) = g Phi(g).
//
//   x  (rows, 2 width): a, then g
//   y  (rows, width)
void gated_gelu(const float* x, float* y, int64_t rows, int64_t width);

namespace cuda {
void gated_gelu(const void* x, void* y, int64_t rows, int64_t width, const Launch& launch);
}

}  // namespace synood::kernels
