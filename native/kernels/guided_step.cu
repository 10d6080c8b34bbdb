#include "kernels/guided_step.h"
#include "kernels/launch.cuh"

// A latent is small: what costs is not its bytes but the launches, one for each of LibTorch's operations on
// it. Here a step is one.

namespace synood::kernels::cuda {
namespace {

constexpr int kThreads = 256;

template <typename T>
__global__ void step_each(const T* u, const T* c, const float* x, const float* n, float* next, int64_t count,
                          StepFormula f) {
  const int64_t stride = static_cast<int64_t>(gridDim.x) * kThreads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x; i < count; i += stride) {
    float e = static_cast<float>(u[i]);
    if (c != nullptr) e += f.guidance * (static_cast<float>(c[i]) - e);
    float original = f.original_sample * x[i] + f.original_output * e;
    // Comparisons, as on the CPU: a number that is none stays so.
    if (f.clip > 0) original = original < -f.clip ? -f.clip : (original > f.clip ? f.clip : original);
    const float epsilon = f.epsilon_sample * x[i] + f.epsilon_output * e;
    const float drawn = n == nullptr ? 0.0f : f.deviation * n[i];
    next[i] = f.signal * original + f.direction * epsilon + drawn;
  }
}

}  // namespace

void guided_step(const void* unconditional, const void* conditional, const float* sample, const float* noise,
                 float* next, int64_t count, const StepFormula& formula, const Launch& launch) {
  if (count == 0) return;
  const cudaStream_t stream = stream_of(launch, "guided_step");
  by_element(launch, [&](auto type) {
    using T = typename decltype(type)::type;
    step_each<<<blocks_for(count, kThreads), kThreads, 0, stream>>>(static_cast<const T*>(unconditional),
                                                                    static_cast<const T*>(conditional),
                                                                    sample, noise, next, count, formula);
  });
  expect_started("guided_step");
}

}  // namespace synood::kernels::cuda
