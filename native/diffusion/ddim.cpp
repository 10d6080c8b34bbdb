#include "diffusion/ddim.h"

#include <cmath>
#include <utility>

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

at::Tensor Ddim::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  const auto timestep = static_cast<int64_t>(timesteps_.at(static_cast<size_t>(index)));
  const float alpha = alphas_.at(timestep);
  const float previous = alphas_.before(timestep - stride_);
  const float signal = std::sqrt(alpha), noise = std::sqrt(1 - alpha);

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

  const float variance = (1 - previous) / (1 - alpha) * (1 - alpha / previous);
  const float deviation = static_cast<float>(eta_) * std::sqrt(variance);
  const float direction = std::sqrt(1 - previous - deviation * deviation);
  auto next = original * std::sqrt(previous) + epsilon * direction;
  if (eta_ > 0) next = next + draw_(sample.sizes()) * deviation;
  return next;
}

}  // namespace synood
