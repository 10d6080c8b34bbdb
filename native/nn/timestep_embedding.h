#pragma once

#include <ATen/ATen.h>

namespace synood {

// Sinusoids of the time (Ho et al., 2020), as diffusers' get_timestep_embedding computes them: frequency i is
// 10000^(-i / (size/2 - freq_shift)).
//
//   timesteps  (N), whole or fractional
//   returns    (N, size) float32: sines then cosines, or cosines first if flip_sin_to_cos
at::Tensor timestep_embedding(const at::Tensor& timesteps, int64_t size, bool flip_sin_to_cos,
                              double freq_shift);

}  // namespace synood
