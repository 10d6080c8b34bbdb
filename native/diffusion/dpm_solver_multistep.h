#pragma once

#include "diffusion/multistep.h"

namespace synood {

// DPM-Solver++ in its multistep form, orders 1 and 2 ("2M", Lu et al., 2022, algorithm 2), and its stochastic
// variant (sde-dpmsolver++). s is this time, t the next; h = lambda_t - lambda_s, h0 that of the step before;
// D0 = m0, D1 = (h / h0) (m0 - m1) with the last two predictions of x0.
//
//   1st order   x' = (s'_t/s'_s) x - alpha_t (e^-h - 1) D0
//   midpoint    ... - alpha_t (e^-h - 1) D1 / 2
//   heun        ... + alpha_t ((e^-h - 1)/h + 1) D1
//   sde         x' = (s'_t/s'_s) e^-h x + alpha_t (1 - e^-2h) (D0 + D1 / 2) + s'_t sqrt(1 - e^-2h) n
//               heun: alpha_t ((1 - e^-2h)/(-2h) + 1) D1
//
// The first step is of first order, and so is the last one where its sigma is 0, with euler_at_final, or with
// lower_order_final below 15 steps.
class DpmSolverMultistep final : public Multistep {
 public:
  DpmSolverMultistep(const SchedulerSpec& spec, DrawNoise draw);

  void set_timesteps(int64_t steps) override;
  void set_custom_timesteps(const std::vector<double>& timesteps) override;
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;

 private:
  bool first_order_at(int64_t index) const;

  DrawNoise draw_;
  bool stochastic_;
};

}  // namespace synood
