#pragma once

#include <cstdint>

namespace synood::kernels {

// y = x sigmoid(beta x): SiLU with beta 1, CLIP's "quick_gelu" with 1.702.
void swish(const float* x, float* y, int64_t count, float beta);

// The same in x's own memory.
void swish_in_place(float* x, int64_t count, float beta);

// dx = dy s (1 + beta x (1 - s)), s = sigmoid(beta x). dx may be dy or x.
void swish_backward(const float* dy, const float* x, float* dx, int64_t count, float beta);

}  // namespace synood::kernels
