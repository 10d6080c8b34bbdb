#pragma once

#include <cstdint>

#include "kernels/launch.h"

namespace synood::kernels {

// One sample's noise follows its gradient g (SynOOD, section 3.2):
//
//   noise - step g              or, if `normalised`,
//   noise - step g / rms(g),    the noise as it is where g is zero
//
//   noise, gradient, updated (count), updated may be noise. The mean square is a sum in double precision.
void noise_update(const float* noise, const float* gradient, float* updated, int64_t count, float step,
                  bool normalised);

namespace cuda {
void noise_update(const float* noise, const float* gradient, float* updated, int64_t count, float step,
                  bool normalised, const Launch& launch);
}

}  // namespace synood::kernels
