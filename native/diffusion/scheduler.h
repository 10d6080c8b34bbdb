#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <vector>

#include "diffusion/guided_output.h"
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
  // Descending times of the caller's choice in place of spaced ones. ERR_CONFIG where a formula counts on its
  // own spacing, as in diffusers.
  virtual void set_custom_timesteps(const std::vector<double>& timesteps);
  // Descending, whole but for Euler's; may hold more than `steps` entries (PNDM calls the model twice at its
  // second time).
  virtual const std::vector<double>& timesteps() const = 0;
  // One more than timesteps(); empty for schedulers that work with alphas_cumprod.
  virtual std::vector<float> sigmas() const { return {}; }
  virtual at::Tensor scale_model_input(const at::Tensor& sample, int64_t) const { return sample; }
  // From the sample at timesteps()[index] to the next one. Indices of one run ascend without a gap; the first
  // may be any.
  virtual at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) = 0;
  // step() of a guided output; one pass where the scheduler has a kernel for the device.
  virtual at::Tensor guided_step(const GuidedOutput& output, int64_t index, const at::Tensor& sample) {
    return step(output.combined(), index, sample);
  }
  // q(x_t | x_0): sqrt(abar_t) * sample + sqrt(1 - abar_t) * noise; Euler: sample + sigma_t * noise
  virtual at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const = 0;
  // The same for timesteps()[index]: Karras sigmas may round to one time twice.
  virtual at::Tensor add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const;
  virtual double init_noise_sigma() const { return 1; }
  virtual void set_eta(double) {}              // DDIM's, for the steps to come
  virtual int64_t order() const { return 1; }  // entries of timesteps() per step, for slicing by strength
};

// eta > 0 makes DDIM stochastic (Song et al., 2021, equation 16); the others have no eta and ignore it, as
// diffusers' pipelines do. DDIM with eta, Euler ancestral, LCM and the SDE variants of DPM-Solver need
// `draw`. An unknown kind or option is an ERR_CONFIG.
std::unique_ptr<Scheduler> create_scheduler(const SchedulerSpec& spec, double eta = 0, DrawNoise draw = {});

}  // namespace synood
