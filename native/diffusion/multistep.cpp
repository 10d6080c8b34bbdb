#include "diffusion/multistep.h"

#include <utility>

#include "diffusion/prediction.h"

namespace synood {

Multistep::Multistep(const SchedulerSpec& spec) : spec_(spec), table_(spec) {
  expect_word("prediction_type", spec.prediction_type, {"epsilon", "v_prediction", "sample"});
}

void Multistep::begin(std::vector<double> timesteps, const std::vector<double>& sigmas, double smallest) {
  timesteps_ = std::move(timesteps);
  sigmas_ = with_final_sigma(sigmas, spec_, smallest);
  outputs_.clear();
}

std::vector<double> Multistep::levels(const std::vector<double>& timesteps) const {
  std::vector<double> sigmas;
  for (const double t : timesteps) sigmas.push_back(table_.at(t));
  return sigmas;
}

at::Tensor Multistep::original(const at::Tensor& model_output, int64_t index,
                               const at::Tensor& sample) const {
  const auto here = level(index);
  return predicted_original(spec_.prediction_type, model_output, sample, here.alpha, here.sigma);
}

void Multistep::keep(at::Tensor original) {
  if (static_cast<int64_t>(outputs_.size()) == spec_.solver_order) outputs_.erase(outputs_.begin());
  outputs_.push_back(std::move(original));
}

at::Tensor Multistep::add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const {
  return add_noise_at(sample, noise, index_of_timestep(timesteps_, timestep));
}

at::Tensor Multistep::add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const {
  const auto here = level(index);
  return sample * here.alpha + noise * here.sigma;
}

}  // namespace synood
