#include "diffusion/lcm.h"

#include <cmath>
#include <string>
#include <utility>

#include "diffusion/prediction.h"
#include "diffusion/sigma_table.h"
#include "synood/error.h"

namespace synood {

Lcm::Lcm(const SchedulerSpec& spec, DrawNoise draw) : spec_(spec), alphas_(spec), draw_(std::move(draw)) {
  expect_word("prediction_type", spec.prediction_type, {"epsilon", "v_prediction", "sample"});
  if (!draw_) throw Error(ErrorCode::internal, "LCM needs a source of noise.");
  const auto original = spec.original_inference_steps, total = spec.num_train_timesteps;
  if (original < 1 || original > total) {
    throw Error(ErrorCode::config, "Expected original_inference_steps of 1 to " + std::to_string(total) +
                                       ", got " + std::to_string(original) + ".");
  }
}

void Lcm::set_timesteps(int64_t steps) {
  const auto original = spec_.original_inference_steps;
  if (steps < 1 || steps > original) {
    throw Error(ErrorCode::value, "Expected 1 to " + std::to_string(original) +
                                      " steps (the scheduler's original_inference_steps), got " +
                                      std::to_string(steps) + ".");
  }
  const auto stride = spec_.num_train_timesteps / original;
  timesteps_.clear();
  for (int64_t i = 0; i < steps; ++i) {
    // numpy.linspace multiplies the quotient
    const double width = static_cast<double>(original) / static_cast<double>(steps);
    const auto place = static_cast<int64_t>(std::floor(static_cast<double>(i) * width));
    timesteps_.push_back(static_cast<double>((original - place) * stride - 1));
  }
}

void Lcm::set_custom_timesteps(const std::vector<double>& timesteps) {
  std::vector<double> whole;
  for (const double t : timesteps) whole.push_back(std::trunc(t));
  expect_descending(whole, spec_.num_train_timesteps);
  timesteps_ = std::move(whole);
}

at::Tensor Lcm::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  const auto place = static_cast<size_t>(index);
  const bool last = place + 1 == timesteps_.size();
  const double timestep = timesteps_.at(place);
  const float alpha = alphas_.at(static_cast<int64_t>(timestep));
  auto original =
      predicted_original(spec_.prediction_type, model_output, sample, std::sqrt(alpha), std::sqrt(1 - alpha));
  if (spec_.clip_sample) original = original.clamp(-spec_.clip_sample_range, spec_.clip_sample_range);

  const double scaled = timestep * spec_.timestep_scaling;
  const double skip = 0.25 / (scaled * scaled + 0.25), out = scaled / std::sqrt(scaled * scaled + 0.25);
  const auto denoised = original * out + sample * skip;
  if (last) return denoised;
  const float next = alphas_.before(static_cast<int64_t>(timesteps_[place + 1]));
  return denoised * std::sqrt(next) + draw_(sample.sizes()) * std::sqrt(1 - next);
}

}  // namespace synood
