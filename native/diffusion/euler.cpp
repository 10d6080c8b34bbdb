#include "diffusion/euler.h"

#include <algorithm>
#include <cmath>

#include "diffusion/fused_step.h"
#include "diffusion/prediction.h"
#include "diffusion/timesteps.h"
#include "synood/error.h"

namespace synood {

Euler::Euler(const SchedulerSpec& spec) : spec_(spec), table_(spec) {
  expect_word("prediction_type", spec.prediction_type, {"epsilon", "v_prediction", "sample"});
}

void Euler::set_timesteps(int64_t steps) {
  timesteps_ = fractional_timesteps(spec_, steps);
  std::vector<double> sigmas;
  for (const double t : timesteps_) sigmas.push_back(table_.at(t));
  if (spec_.use_karras_sigmas) {
    sigmas = karras_sigmas(sigmas.front(), sigmas.back(), steps);
    for (int64_t i = 0; i < steps; ++i) timesteps_[i] = static_cast<float>(table_.time_of(sigmas[i]));
  }
  sigmas_ = with_final_sigma(sigmas, spec_, table_.smallest());
}

void Euler::set_custom_timesteps(const std::vector<double>& timesteps) {
  if (spec_.use_karras_sigmas) {
    throw Error(ErrorCode::config, "Karras sigmas are a spacing: turn them off to give timesteps.");
  }
  expect_descending(timesteps, spec_.num_train_timesteps);
  timesteps_.assign(timesteps.begin(), timesteps.end());
  std::vector<double> sigmas;
  for (auto& t : timesteps_) sigmas.push_back(table_.at(t = static_cast<float>(t)));
  sigmas_ = with_final_sigma(sigmas, spec_, table_.smallest());
}

at::Tensor Euler::scale_model_input(const at::Tensor& sample, int64_t index) const {
  return sample / std::sqrt(sigma(index) * sigma(index) + 1);
}

at::Tensor Euler::original(const at::Tensor& model_output, float sigma, const at::Tensor& sample) const {
  if (spec_.prediction_type == "sample") return model_output;
  if (spec_.prediction_type == "epsilon") return sample - model_output * sigma;
  const float square = sigma * sigma + 1;
  return model_output * (-sigma / std::sqrt(square)) + sample / square;
}

at::Tensor Euler::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  const float from = sigma(index), to = sigma(index + 1);
  const auto derivative = (sample - original(model_output, from, sample)) / from;
  return sample + derivative * (to - from);
}

// x + (x - x0) (to - from) / from, in the formula's terms with eps = x.
at::Tensor Euler::guided_step(const GuidedOutput& output, int64_t index, const at::Tensor& sample) {
  if (!has_fused_step(output, sample)) return step(output.combined(), index, sample);
  const float from = sigma(index), ratio = (sigma(index + 1) - from) / from, square = from * from + 1;
  kernels::StepFormula formula;
  if (spec_.prediction_type == "sample") {
    formula.original_output = 1;
  } else if (spec_.prediction_type == "epsilon") {
    formula.original_sample = 1;
    formula.original_output = -from;
  } else {
    formula.original_sample = 1 / square;
    formula.original_output = -from / std::sqrt(square);
  }
  formula.epsilon_sample = 1;
  formula.signal = -ratio;
  formula.direction = 1 + ratio;
  return fused_step(output, sample, {}, formula);
}

at::Tensor Euler::add_noise(const at::Tensor& sample, const at::Tensor& noise, double timestep) const {
  return add_noise_at(sample, noise, index_of_timestep(timesteps_, timestep));
}

at::Tensor Euler::add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const {
  return sample + noise * sigma(index);
}

double Euler::init_noise_sigma() const {
  const float largest = sigmas_.empty() ? static_cast<float>(table_.largest())
                                        : *std::max_element(sigmas_.begin(), sigmas_.end());
  return spec_.timestep_spacing == "leading" ? std::sqrt(largest * largest + 1) : largest;
}

}  // namespace synood
