#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// One function for each instruction set, the best of which is chosen when the library is opened. Every one
// computes each element alone and without fused multiply-adds (native/kernels is compiled with
// -ffp-contract=off, winograd.cpp excepted), so an element's bits depend on nothing but the element: not on
// its place, its neighbours, the number of threads, or the instruction set.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define SYNOOD_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SYNOOD_CLONES
#endif

namespace synood::kernels {

// exp(x) with a relative error below 2e-7, without a branch so that loops of it become vector code (the
// polynomial is Cephes' expf, Moshier 1989). Below -87 and above 88 it stays at those ends.
inline float exp_inline(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const float n = (x * 1.44269504088896341f + kRound) - kRound;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

inline float silu_inline(float x) { return x / (1.0f + exp_inline(-x)); }

// x Phi(x); erf after Abramowitz and Stegun, 7.1.26, within 2e-7.
inline float gelu_inline(float x) {
  const float z = (x < 0 ? -x : x) * 0.70710678118654752f;
  const float t = 1.0f / (1.0f + 0.3275911f * z);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * (p * t) * exp_inline(-z * z);  // Phi(-|x|)
  return x * (x < 0 ? tail : 1.0f - tail);
}

}  // namespace synood::kernels
