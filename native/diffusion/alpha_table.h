#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "synood/specs.h"

namespace synood {

// What DDIM and PNDM share: alphas_cumprod with its rule for times before the first, and the two lines of
// algebra on it.
class AlphaTable {
 public:
  explicit AlphaTable(const SchedulerSpec& spec);

  float at(int64_t timestep) const;      // abar_t; outside the training range an ERR_CONFIG
  float before(int64_t previous) const;  // abar at t - T/N; when negative 1 (set_alpha_to_one) or abar_0
  int64_t train_timesteps() const { return static_cast<int64_t>(values_.size()); }
  at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, int64_t timestep) const;

 private:
  std::vector<float> values_;
  float final_;
};

}  // namespace synood
