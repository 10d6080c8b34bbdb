#pragma once

#include <cstdint>
#include <vector>

#include "synood/specs.h"
#include "synood/tensor.h"

namespace synood {

// A scheduler as diffusers has it: from noise to a sample, one call of the model after another. Samples are
// floating tensors of any one shape; what comes back is float32.
class NoiseScheduler {
 public:
  virtual ~NoiseScheduler() = default;

  virtual void set_timesteps(int64_t steps) = 0;
  // Descending times of one's own choice; ERR_CONFIG from kinds that have a fixed stride.
  virtual void set_custom_timesteps(const std::vector<double>& timesteps) = 0;
  virtual std::vector<double> timesteps() const = 0;
  // One a time and the final one; empty for kinds that count in alphas_cumprod.
  virtual std::vector<double> sigmas() const = 0;
  virtual double init_noise_sigma() const = 0;

  virtual Tensor scale_model_input(const TensorView& sample, double timestep) = 0;
  // noise: for stochastic kinds, of the sample's shape; empty: drawn from `seed`'s stream, in order.
  virtual Tensor step(const TensorView& model_output, double timestep, const TensorView& sample,
                      const TensorView& noise, double eta) = 0;
  virtual void set_seed(uint64_t seed) = 0;
  // timesteps: one for all rows, or one each
  virtual Tensor add_noise(const TensorView& sample, const TensorView& noise,
                           const std::vector<double>& timesteps) const = 0;
};

}  // namespace synood
