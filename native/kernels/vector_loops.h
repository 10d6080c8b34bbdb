#pragma once

#include <cmath>
#include <cstdint>

// Loops over rows of float32 that the compiler turns into vector instructions, once for each kind of
// processor; the kind is chosen when the library is opened.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define SYNOOD_VECTOR_LOOPS \
  __attribute__((optimize("O3"), target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SYNOOD_VECTOR_LOOPS
#endif
#define SYNOOD_INLINE inline __attribute__((always_inline))

namespace synood {

// Sums of `term(i)` for i < n in sixteen running sums, added up in a fixed order: the same bits at any place
// in memory, and free to be vectors, which one running sum is not.
template <typename Term>
SYNOOD_INLINE float lane_sum(int64_t n, Term term) {
  constexpr int64_t kLanes = 16;
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  for (int64_t lane = 0; i < n; ++i, ++lane) lanes[lane] += term(i);
  for (int64_t half = kLanes / 2; half > 0; half /= 2)
    for (int64_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  return lanes[0];
}

// The largest of n > 0 numbers; of numbers that are not comparable any.
SYNOOD_INLINE float lane_max(const float* x, int64_t n) {
  constexpr int64_t kLanes = 16;
  float lanes[kLanes];
  for (int64_t lane = 0; lane < kLanes; ++lane) lanes[lane] = x[0];
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = x[i + lane] > lanes[lane] ? x[i + lane] : lanes[lane];
  for (int64_t lane = 0; i < n; ++i, ++lane) lanes[lane] = x[i] > lanes[lane] ? x[i] : lanes[lane];
  float top = lanes[0];
  for (int64_t lane = 1; lane < kLanes; ++lane) top = lanes[lane] > top ? lanes[lane] : top;
  return top;
}

}  // namespace synood
