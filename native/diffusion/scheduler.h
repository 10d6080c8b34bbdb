#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <vector>

#include "synood/specs.h"

namespace synood {

// Draws the noise of a stochastic step: float32 of this shape, on the sample's device, each row from its own
// sample's stream.
using DrawNoise = std::function<at::Tensor(at::IntArrayRef shape)>;

// One way from noise to a sample. Samples and model outputs are (N, C, h, w) float32; every formula is
// elementwise with coefficients from float32 alphas_cumprod, so a row never depends on another.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Forgets the run before, too: multistep schedulers keep earlier model outputs.
  virtual void set_timesteps(int64_t steps) = 0;
  // Descending; may hold more than `steps` entries (PNDM calls the model twice at its second time).
  virtual const std::vector<int64_t>& timesteps() const = 0;
  virtual at::Tensor scale_model_input(const at::Tensor& sample, int64_t index) const = 0;
  // From the sample at timesteps()[index] to the next one. Indices of one run ascend without a gap; the first
  // may be any.
  virtual at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) = 0;
  // q(x_t | x_0): sqrt(abar_t) * sample + sqrt(1 - abar_t) * noise
  virtual at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, int64_t timestep) const = 0;
  virtual double init_noise_sigma() const = 0;
  virtual int64_t order() const = 0;  // entries of timesteps() per step, for slicing by strength
};

// eta > 0 makes DDIM stochastic (Song et al., 2021, equation 16) and needs `draw`; PNDM has no eta and
// ignores it, as diffusers' pipelines do. An unknown kind or option is an ERR_CONFIG.
std::unique_ptr<Scheduler> create_scheduler(const SchedulerSpec& spec, double eta = 0, DrawNoise draw = {});

}  // namespace synood
