#pragma once

#include <cstring>

#include "kernels/vector_loops.h"

namespace synood::kernels::winograd {

// The three transforms of F(4, 3) in one dimension at the points 0, +-a, +-b and infinity, for vectors of
// channels. In two dimensions each is done over the columns and then over the rows.
constexpr float a = 0.75f, b = 1.5f, aa = a * a, bb = b * b;

template <typename Vector>
SYNOOD_INLINE Vector load(const float* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof vector);
  return vector;
}

template <typename Vector>
SYNOOD_INLINE void store(float* to, const Vector& vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// B^T d: the coefficients of x -> prod over the other points of (x - point)
template <typename Vector>
SYNOOD_INLINE void transform_input(const Vector (&d)[6], Vector (&v)[6]) {
  const Vector even_a = d[4] - bb * d[2], odd_a = a * (d[3] - bb * d[1]);
  const Vector even_b = d[4] - aa * d[2], odd_b = b * (d[3] - aa * d[1]);
  v[0] = (aa * bb) * d[0] - (aa + bb) * d[2] + d[4];
  v[1] = even_a + odd_a;
  v[2] = even_a - odd_a;
  v[3] = even_b + odd_b;
  v[4] = even_b - odd_b;
  v[5] = (aa * bb) * d[1] - (aa + bb) * d[3] + d[5];
}

// G g: the taps' polynomial at each point, over the product of its distances to the others
template <typename Vector>
SYNOOD_INLINE void transform_taps(const Vector (&g)[3], Vector (&u)[6]) {
  constexpr float at_0 = 1 / (aa * bb), at_a = 1 / (2 * aa * (aa - bb)), at_b = 1 / (2 * bb * (bb - aa));
  const Vector even_a = at_a * g[0] + (at_a * aa) * g[2], odd_a = (at_a * a) * g[1];
  const Vector even_b = at_b * g[0] + (at_b * bb) * g[2], odd_b = (at_b * b) * g[1];
  u[0] = at_0 * g[0];
  u[1] = even_a + odd_a;
  u[2] = even_a - odd_a;
  u[3] = even_b + odd_b;
  u[4] = even_b - odd_b;
  u[5] = g[2];
}

// A^T m: sums of the products times the points' powers 0 to 3
template <typename Vector>
SYNOOD_INLINE void transform_output(const Vector (&m)[6], Vector (&y)[4]) {
  const Vector sum_a = m[1] + m[2], difference_a = m[1] - m[2];
  const Vector sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + sum_a + sum_b;
  y[1] = a * difference_a + b * difference_b;
  y[2] = aa * sum_a + bb * sum_b;
  y[3] = (a * aa) * difference_a + (b * bb) * difference_b + m[5];
}

}  // namespace synood::kernels::winograd
