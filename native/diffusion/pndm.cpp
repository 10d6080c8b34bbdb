#include "diffusion/pndm.h"

#include <cmath>

#include "diffusion/prediction.h"
#include "diffusion/timesteps.h"
#include "synood/error.h"

namespace synood {

namespace {

// diffusers' PNDM has no zero-SNR rescaling: a configuration taken over from another scheduler may carry the
// word.
SchedulerSpec without_rescaling(SchedulerSpec spec) {
  spec.rescale_betas_zero_snr = false;
  return spec;
}

}  // namespace

Pndm::Pndm(const SchedulerSpec& spec) : spec_(spec), alphas_(without_rescaling(spec)) {
  expect_word("prediction_type", spec_.prediction_type, {"epsilon", "v_prediction"});
  if (!spec_.skip_prk_steps) {
    throw Error(
        ErrorCode::config,
        "Expected skip_prk_steps true for PNDM: the Runge-Kutta warm-up needs twelve calls and suits no "
        "Stable Diffusion. Set it to true or use DDIM.");
  }
}

void Pndm::set_timesteps(int64_t steps) {
  const auto times = spaced_timesteps(spec_, steps);
  timesteps_.assign(times.begin(), times.end());
  if (steps > 1) timesteps_.insert(timesteps_.begin() + 1, times[1]);
  stride_ = spec_.num_train_timesteps / steps;
  outputs_.clear();
  first_sample_.reset();
  calls_ = 0;
}

at::Tensor Pndm::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  auto timestep = static_cast<int64_t>(timesteps_.at(static_cast<size_t>(index)));
  auto previous = timestep - stride_;
  auto from = sample;
  at::Tensor output;
  if (calls_ == 1) {
    previous = timestep;
    timestep += stride_;
    output = (model_output + outputs_.back()) / 2;
    from = first_sample_;
    first_sample_.reset();
  } else {
    if (outputs_.size() == 4) outputs_.erase(outputs_.begin());
    outputs_.push_back(model_output);
    const auto* newest = &outputs_.back();
    switch (outputs_.size()) {
      case 1:
        output = model_output;
        first_sample_ = sample;
        break;
      case 2:
        output = (newest[0] * 3 - newest[-1]) / 2;
        break;
      case 3:
        output = (newest[0] * 23 - newest[-1] * 16 + newest[-2] * 5) / 12;
        break;
      default:
        output = (newest[0] * 55 - newest[-1] * 59 + newest[-2] * 37 - newest[-3] * 9) * (1.0 / 24);
    }
  }
  ++calls_;
  return previous_sample(from, timestep, previous, output);
}

at::Tensor Pndm::previous_sample(const at::Tensor& sample, int64_t timestep, int64_t previous,
                                 const at::Tensor& output) const {
  const float alpha = alphas_.at(timestep);
  const float before = alphas_.before(previous);
  const auto epsilon = spec_.prediction_type == "v_prediction"
                           ? output * std::sqrt(alpha) + sample * std::sqrt(1 - alpha)
                           : output;
  const float denominator = alpha * std::sqrt(1 - before) + std::sqrt(alpha * (1 - alpha) * before);
  return sample * std::sqrt(before / alpha) - epsilon * (before - alpha) / denominator;
}

}  // namespace synood
