#pragma once

#include "diffusion/euler.h"

namespace synood {

// Euler's method with ancestral noise (k-diffusion): down to a level below the next one, then fresh noise up
// to it, at every step, the last included (where it weighs nothing).
//
//   up^2   next^2 (sigma^2 - next^2) / sigma^2          down^2   next^2 - up^2
//   x'     x + (x - x0) / sigma * (down - sigma) + up n
class EulerAncestral final : public Euler {
 public:
  EulerAncestral(const SchedulerSpec& spec, DrawNoise draw);

  void set_custom_timesteps(const std::vector<double>& timesteps) override;
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;

 private:
  DrawNoise draw_;
};

}  // namespace synood
