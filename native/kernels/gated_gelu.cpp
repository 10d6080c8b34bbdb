#include "kernels/gated_gelu.h"

#include "engine/parallel.h"
#include "kernels/elementwise.h"

namespace synood::kernels {
namespace {

SYNOOD_CLONES void one_row(const float* a, const float* g, float* y, int64_t width) {
  for (int64_t i = 0; i < width; ++i) y[i] = a[i] * gelu_inline(g[i]);
}

}  // namespace

void gated_gelu(const float* x, float* y, int64_t rows, int64_t width) {
  parallel_for(0, rows, 8, [&](int64_t begin, int64_t end) {
    for (auto r = begin; r < end; ++r)
      one_row(x + 2 * r * width, x + (2 * r + 1) * width, y + r * width, width);
  });
}

}  // namespace synood::kernels
