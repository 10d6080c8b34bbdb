#pragma once

#include <cstdint>
#include <utility>

#include "kernels/winograd_transforms.h"

namespace synood::kernels::winograd {

namespace turning {

template <typename Vector, size_t... I>
SYNOOD_INLINE Vector interleave(const Vector& x, const Vector& y, size_t from, std::index_sequence<I...>) {
  constexpr size_t lanes = sizeof...(I);
  if (from == 0) return __builtin_shufflevector(x, y, (I % 2 == 0 ? I / 2 : lanes + I / 2)...);
  return __builtin_shufflevector(x, y, (I % 2 == 0 ? lanes / 2 + I / 2 : lanes + lanes / 2 + I / 2)...);
}

}  // namespace turning

// A square of numbers with rows and columns exchanged: as many perfect shuffles as its side has factors of
// two.
template <int64_t Lanes, typename Vector>
SYNOOD_INLINE void transpose(const float* from, int64_t from_stride, float* to, int64_t to_stride) {
  constexpr std::make_index_sequence<Lanes> lanes;
  Vector rows[Lanes], next[Lanes];
  for (int64_t i = 0; i < Lanes; ++i) rows[i] = load<Vector>(from + i * from_stride);
  for (int64_t step = 1; step < Lanes; step *= 2) {
    for (int64_t i = 0; i < Lanes / 2; ++i) {
      next[2 * i] = turning::interleave(rows[i], rows[i + Lanes / 2], 0, lanes);
      next[2 * i + 1] = turning::interleave(rows[i], rows[i + Lanes / 2], 1, lanes);
    }
    for (int64_t i = 0; i < Lanes; ++i) rows[i] = next[i];
  }
  for (int64_t i = 0; i < Lanes; ++i) store(to + i * to_stride, rows[i]);
}

// The taps of `Panel` outputs and as many inputs, as the way back needs them: from (inputs, 9, outputs), rows
// of inputs apart by 9 outputs' numbers -> to (outputs, 9, inputs), the kernel turned by half a circle.
template <int64_t Panel, int64_t Lanes, typename Vector>
SYNOOD_INLINE void turn_taps(const float* from, float* to) {
  constexpr int64_t stride = 9 * Panel;
  for (int64_t tap = 0; tap < 9; ++tap) {
    for (int64_t input = 0; input < Panel; input += Lanes) {
      for (int64_t output = 0; output < Panel; output += Lanes) {
        transpose<Lanes, Vector>(from + input * stride + tap * Panel + output, stride,
                                 to + output * stride + (8 - tap) * Panel + input, stride);
      }
    }
  }
}

}  // namespace synood::kernels::winograd
