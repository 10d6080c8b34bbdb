#include "diffusion/alpha_table.h"

#include <cmath>
#include <string>

#include "diffusion/noise_schedule.h"
#include "synood/error.h"

namespace synood {

AlphaTable::AlphaTable(const SchedulerSpec& spec)
    : values_(alphas_cumprod(spec)), final_(spec.set_alpha_to_one ? 1.0f : values_.front()) {}

float AlphaTable::at(int64_t timestep) const {
  if (timestep < 0 || timestep >= train_timesteps()) {
    throw Error(ErrorCode::config, "The scheduler asks for timestep " + std::to_string(timestep) +
                                       ", outside 0 to " + std::to_string(train_timesteps() - 1) +
                                       ": lower steps_offset or the number of steps.");
  }
  return values_[static_cast<size_t>(timestep)];
}

float AlphaTable::before(int64_t previous) const { return previous < 0 ? final_ : at(previous); }

at::Tensor AlphaTable::add_noise(const at::Tensor& sample, const at::Tensor& noise, int64_t timestep) const {
  const float alpha = at(timestep);
  return sample * std::sqrt(alpha) + noise * std::sqrt(1 - alpha);
}

}  // namespace synood
