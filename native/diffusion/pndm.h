#pragma once

#include "diffusion/alpha_table.h"
#include "diffusion/scheduler.h"

namespace synood {

// PNDM without its Runge-Kutta warm-up (Liu et al., 2022; skip_prk_steps, as every Stable Diffusion
// configures it): linear multistep over the last four model outputs e (newest first e1..e4), with a = abar_t,
// p = abar_prev:
//
//   1st call  e1                   2nd call  (e + e1)/2, from the first call's sample again
//   then      (3 e1 - e2)/2,  (23 e1 - 16 e2 + 5 e3)/12,  (55 e1 - 59 e2 + 37 e3 - 9 e4)/24
//   x'        sqrt(p/a) x - (p - a) e / (a sqrt(1-p) + sqrt(a (1-a) p))
//
// timesteps() therefore holds its second time twice. A run sliced by strength starts behind that repetition,
// yet its second call still replays the first sample: its model times run one step ahead of its samples from
// there on. That is diffusers' behaviour and kept.
class Pndm final : public Scheduler {
 public:
  explicit Pndm(const SchedulerSpec& spec);

  void set_timesteps(int64_t steps) override;
  const std::vector<double>& timesteps() const override { return timesteps_; }
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const override {
    return alphas_.add_noise(sample, noise, static_cast<int64_t>(timestep));
  }

 private:
  at::Tensor previous_sample(const at::Tensor& sample, int64_t timestep, int64_t previous,
                             const at::Tensor& output) const;

  SchedulerSpec spec_;
  AlphaTable alphas_;
  int64_t stride_ = 0;
  std::vector<double> timesteps_;
  std::vector<at::Tensor> outputs_;  // newest last, at most four
  at::Tensor first_sample_;
  int64_t calls_ = 0;
};

}  // namespace synood
