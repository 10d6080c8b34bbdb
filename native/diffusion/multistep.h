#pragma once

#include <vector>

#include "diffusion/scheduler.h"
#include "diffusion/sigma_table.h"

namespace synood {

// What DPM-Solver and UniPC share: whole times, the levels at them, and the same variance-preserving noising
//   x_t = alpha_t x0 + sigma'_t e
// A run's earlier model outputs are kept as predictions of x0, newest last.
class Multistep : public Scheduler {
 public:
  explicit Multistep(const SchedulerSpec& spec);

  const std::vector<double>& timesteps() const override { return timesteps_; }
  std::vector<float> sigmas() const override { return sigmas_; }
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const override;
  at::Tensor add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const override;

 protected:
  void begin(std::vector<double> timesteps, const std::vector<double>& sigmas, double smallest);
  std::vector<double> levels(const std::vector<double>& timesteps) const;
  NoiseLevel level(int64_t index) const { return NoiseLevel(sigmas_.at(static_cast<size_t>(index))); }
  int64_t count() const { return static_cast<int64_t>(timesteps_.size()); }
  at::Tensor original(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) const;
  void keep(at::Tensor original);
  // back 0: the newest
  const at::Tensor& kept(int64_t back) const { return outputs_.at(outputs_.size() - 1 - back); }
  int64_t kept_count() const { return static_cast<int64_t>(outputs_.size()); }

  SchedulerSpec spec_;
  SigmaTable table_;

 private:
  std::vector<double> timesteps_;
  std::vector<float> sigmas_;
  std::vector<at::Tensor> outputs_;
};

}  // namespace synood
