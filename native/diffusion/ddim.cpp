#include "diffusion/ddim.h"

#include <cmath>
#include <utility>

#include "diffusion/fused_step.h"
#include "diffusion/prediction.h"
#include "diffusion/timesteps.h"
#include "synood/error.h"

namespace synood {

Ddim::Ddim(const SchedulerSpec& spec, double eta, DrawNoise draw)
    : spec_(spec), alphas_(spec), draw_(std::move(draw)) {
  expect_word("prediction_type", spec_.prediction_type, {"epsilon", "v_prediction", "sample"});
  set_eta(eta);
}

void Ddim::set_eta(double eta) {
  if (!(eta >= 0)) {
    throw Error(ErrorCode::value, "Expected eta of at least 0, got " + std::to_string(eta) + ".");
  }
  if (eta > 0 && !draw_) throw Error(ErrorCode::internal, "DDIM with eta needs a source of noise.");
  eta_ = eta;
}

void Ddim::set_timesteps(int64_t steps) {
  const auto times = spaced_timesteps(spec_, steps);
  timesteps_.assign(times.begin(), times.end());
  stride_ = spec_.num_train_timesteps / steps;
}

Ddim::Coefficients Ddim::coefficients(int64_t index) const {
  const auto timestep = static_cast<int64_t>(timesteps_.at(static_cast<size_t>(index)));
  const float alpha = alphas_.at(timestep);
  const float previous = alphas_.before(timestep - stride_);
  const float variance = (1 - previous) / (1 - alpha) * (1 - alpha / previous);
  const float deviation = static_cast<float>(eta_) * std::sqrt(variance);
  return {std::sqrt(alpha), std::sqrt(1 - alpha), std::sqrt(previous),
          std::sqrt(1 - previous - deviation * deviation), deviation};
}

at::Tensor Ddim::guided_step(const GuidedOutput& output, int64_t index, const at::Tensor& sample) {
  if (!has_fused_step(output, sample)) return step(output.combined(), index, sample);
  const auto [signal, noise, next_signal, direction, deviation] = coefficients(index);
  kernels::StepFormula formula;
  if (spec_.prediction_type == "epsilon") {
    formula.original_sample = 1 / signal;
    formula.original_output = -noise / signal;
    formula.epsilon_output = 1;
  } else if (spec_.prediction_type == "sample") {
    formula.original_output = 1;
    formula.epsilon_sample = 1 / noise;
    formula.epsilon_output = -signal / noise;
  } else {
    formula.original_sample = formula.epsilon_output = signal;
    formula.original_output = -noise;
    formula.epsilon_sample = noise;
  }
  if (spec_.clip_sample) formula.clip = static_cast<float>(spec_.clip_sample_range);
  formula.signal = next_signal;
  formula.direction = direction;
  formula.deviation = deviation;
  return fused_step(output, sample, eta_ > 0 ? draw_(sample.sizes()) : at::Tensor(), formula);
}

at::Tensor Ddim::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  const auto [signal, noise, next_signal, direction, deviation] = coefficients(index);
  at::Tensor original, epsilon;
  if (spec_.prediction_type == "epsilon") {
    original = (sample - model_output * noise) / signal;
    epsilon = model_output;
  } else if (spec_.prediction_type == "sample") {
    original = model_output;
    epsilon = (sample - original * signal) / noise;
  } else {
    original = sample * signal - model_output * noise;
    epsilon = model_output * signal + sample * noise;
  }
  if (spec_.clip_sample) original = original.clamp(-spec_.clip_sample_range, spec_.clip_sample_range);

  auto next = original * next_signal + epsilon * direction;
  if (eta_ > 0) next = next + draw_(sample.sizes()) * deviation;
  return next;
}

}  // namespace synood
