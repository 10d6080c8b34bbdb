#pragma once

#include <cstdint>

#include "kernels/launch.h"

namespace synood::kernels {

// A sampler's step as two linear maps with a clamp between:
//
//   e    u + guidance (c - u)                     classifier-free guidance (Ho and Salimans, 2022)
//   x0   original_sample x + original_output e    clamped to +-clip, unless that is 0
//   eps  epsilon_sample x + epsilon_output e
//   x'   signal x0 + direction eps + deviation n
struct StepFormula {
  float guidance = 1;
  float original_sample = 0, original_output = 0, clip = 0;
  float epsilon_sample = 0, epsilon_output = 0;
  float signal = 0, direction = 0, deviation = 0;
};

// Guidance and step in one pass: six reads and writes of a latent in place of some twenty.
//
//   unconditional, conditional (count)  the denoiser's outputs u, c; conditional may be null: e = u
//   sample, next (count)                x, x'; next may be sample
//   noise (count)                       n; may be null: 0
void guided_step(const float* unconditional, const float* conditional, const float* sample,
                 const float* noise, float* next, int64_t count, const StepFormula& formula);

namespace cuda {
// The outputs are the launch's elements.
void guided_step(const void* unconditional, const void* conditional, const float* sample, const float* noise,
                 float* next, int64_t count, const StepFormula& formula, const Launch& launch);
}  // namespace cuda

}  // namespace synood::kernels
