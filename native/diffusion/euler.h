#pragma once

#include "diffusion/scheduler.h"
#include "diffusion/sigma_table.h"

namespace synood {

// Euler's method in the noise level sigma (Karras et al., 2022, algorithm 2 without churn). Samples are
// x0 + sigma e; the model sees x / sqrt(sigma^2 + 1).
//
//   x0   epsilon: x - sigma e      v: x / (sigma^2 + 1) - sigma v / sqrt(sigma^2 + 1)      sample: the output
//   x'   x + (x - x0) / sigma * (sigma_next - sigma)
class Euler : public Scheduler {
 public:
  explicit Euler(const SchedulerSpec& spec);

  void set_timesteps(int64_t steps) override;
  void set_custom_timesteps(const std::vector<double>& timesteps) override;
  const std::vector<double>& timesteps() const override { return timesteps_; }
  std::vector<float> sigmas() const override { return sigmas_; }
  at::Tensor scale_model_input(const at::Tensor& sample, int64_t index) const override;
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;
  at::Tensor guided_step(const GuidedOutput& output, int64_t index, const at::Tensor& sample) override;
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const override;
  at::Tensor add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const override;
  // The largest sigma; with leading spacing, which begins below it, sqrt(sigma^2 + 1)
  double init_noise_sigma() const override;

 protected:
  float sigma(int64_t index) const { return sigmas_.at(static_cast<size_t>(index)); }
  at::Tensor original(const at::Tensor& model_output, float sigma, const at::Tensor& sample) const;

  SchedulerSpec spec_;

 private:
  SigmaTable table_;
  std::vector<double> timesteps_;
  std::vector<float> sigmas_;
};

}  // namespace synood
