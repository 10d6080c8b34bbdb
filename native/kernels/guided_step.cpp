#include "kernels/guided_step.h"

#include "engine/parallel.h"
#include "kernels/elementwise.h"

namespace synood::kernels {
namespace {

constexpr int64_t kShare = 1 << 14;

SYNOOD_CLONES void step_range(const float* u, const float* c, const float* x, const float* n, float* next,
                              int64_t count, const StepFormula& f) {
  for (int64_t i = 0; i < count; ++i) {
    const float e = c == nullptr ? u[i] : u[i] + f.guidance * (c[i] - u[i]);
    float original = f.original_sample * x[i] + f.original_output * e;
    if (f.clip > 0) original = original < -f.clip ? -f.clip : (original > f.clip ? f.clip : original);
    const float epsilon = f.epsilon_sample * x[i] + f.epsilon_output * e;
    const float drawn = n == nullptr ? 0.0f : f.deviation * n[i];
    next[i] = f.signal * original + f.direction * epsilon + drawn;
  }
}

}  // namespace

void guided_step(const float* unconditional, const float* conditional, const float* sample,
                 const float* noise, float* next, int64_t count, const StepFormula& formula) {
  const auto at = [](const float* from, int64_t i) { return from == nullptr ? nullptr : from + i; };
  parallel_for(0, count, kShare, [&](int64_t begin, int64_t end) {
    step_range(unconditional + begin, at(conditional, begin), sample + begin, at(noise, begin), next + begin,
               end - begin, formula);
  });
}

}  // namespace synood::kernels
