#include "kernels/swish.h"

#include "engine/parallel.h"
#include "kernels/elementwise.h"

namespace synood::kernels {
namespace {

// Elements of a thread's least share.
constexpr int64_t kShare = 1 << 14;

SYNOOD_CLONES void swish_range(const float* x, float* y, int64_t count, float beta) {
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] / (1.0f + exp_inline(-beta * x[i]));
}

SYNOOD_CLONES void in_place_range(float* x, int64_t count, float beta) {
  for (int64_t i = 0; i < count; ++i) x[i] = x[i] / (1.0f + exp_inline(-beta * x[i]));
}

SYNOOD_CLONES void backward_range(const float* dy, const float* x, float* dx, int64_t count, float beta) {
  for (int64_t i = 0; i < count; ++i) {
    const float s = 1.0f / (1.0f + exp_inline(-beta * x[i]));
    dx[i] = dy[i] * (s * (1.0f + beta * x[i] * (1.0f - s)));
  }
}

}  // namespace

void swish(const float* x, float* y, int64_t count, float beta) {
  parallel_for(0, count, kShare,
               [&](int64_t begin, int64_t end) { swish_range(x + begin, y + begin, end - begin, beta); });
}

void swish_in_place(float* x, int64_t count, float beta) {
  parallel_for(0, count, kShare,
               [&](int64_t begin, int64_t end) { in_place_range(x + begin, end - begin, beta); });
}

void swish_backward(const float* dy, const float* x, float* dx, int64_t count, float beta) {
  parallel_for(0, count, kShare, [&](int64_t begin, int64_t end) {
    backward_range(dy + begin, x + begin, dx + begin, end - begin, beta);
  });
}

}  // namespace synood::kernels
