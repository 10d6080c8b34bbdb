#pragma once

#include "diffusion/alpha_table.h"
#include "diffusion/scheduler.h"

namespace synood {

// Latent consistency sampling (Luo et al., 2023): a jump to the clean sample, then noise to the next of few
// times. With a = abar_t, p = abar at the next time, u = timestep_scaling * t:
//
//   c_skip   0.25 / (u^2 + 0.25)           c_out   u / sqrt(u^2 + 0.25)
//   d        c_out x0 + c_skip x           x'      sqrt(p) d + sqrt(1 - p) n; the last step's is d
//
// The times are those of its distillation, k (1..original_inference_steps) - 1 with k = T / that, reversed,
// and of these N at floor(i * M / N).
class Lcm final : public Scheduler {
 public:
  Lcm(const SchedulerSpec& spec, DrawNoise draw);

  void set_timesteps(int64_t steps) override;
  void set_custom_timesteps(const std::vector<double>& timesteps) override;
  const std::vector<double>& timesteps() const override { return timesteps_; }
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const override {
    return alphas_.add_noise(sample, noise, static_cast<int64_t>(timestep));
  }

 private:
  SchedulerSpec spec_;
  AlphaTable alphas_;
  DrawNoise draw_;
  std::vector<double> timesteps_;
};

}  // namespace synood
