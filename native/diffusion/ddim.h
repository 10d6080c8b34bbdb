#pragma once

#include "diffusion/alpha_table.h"
#include "diffusion/scheduler.h"

namespace synood {

// DDIM (Song et al., 2021, equation 12), with a = abar_t, p = abar at t - floor(T/N) whatever the spacing:
//
//   x0   epsilon: (x - sqrt(1-a) e) / sqrt(a)      sample: the output      v: sqrt(a) x - sqrt(1-a) v
//   x'   sqrt(p) x0 + sqrt(1 - p - s^2) e + s n,   s = eta sqrt((1-p)/(1-a) (1 - a/p))
//
// clip_sample clamps x0 and leaves e as it is (diffusers' use_clipped_model_output = false).
class Ddim final : public Scheduler {
 public:
  Ddim(const SchedulerSpec& spec, double eta, DrawNoise draw);

  void set_timesteps(int64_t steps) override;
  void set_eta(double eta) override;
  const std::vector<double>& timesteps() const override { return timesteps_; }
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;
  at::Tensor guided_step(const GuidedOutput& output, int64_t index, const at::Tensor& sample) override;
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const override {
    return alphas_.add_noise(sample, noise, static_cast<int64_t>(timestep));
  }

 private:
  // sqrt(a), sqrt(1-a), sqrt(p), sqrt(1 - p - s^2), s
  struct Coefficients {
    float signal, noise, next_signal, direction, deviation;
  };
  Coefficients coefficients(int64_t index) const;

  SchedulerSpec spec_;
  AlphaTable alphas_;
  double eta_ = 0;
  DrawNoise draw_;
  int64_t stride_ = 0;
  std::vector<double> timesteps_;
};

}  // namespace synood
