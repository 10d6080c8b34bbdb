#pragma once

#include <cstdint>

#include "kernels/gpu_type.h"

namespace synood::kernels {

// GEGLU's product (Shazeer, 2020), read once: y = a gelu(g), gelu(g) = g Phi(g).
//
//   x  (rows, 2 width): a, then g
//   y  (rows, width)
void gated_gelu(const float* x, float* y, int64_t rows, int64_t width);

// T is float, __half or __nv_bfloat16; computed in float32.
template <typename T>
void gated_gelu_cuda(const T* x, T* y, int64_t rows, int64_t width, GpuStream stream);

}  // namespace synood::kernels
