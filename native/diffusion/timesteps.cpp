#include "diffusion/timesteps.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "synood/error.h"

namespace synood {

std::vector<int64_t> spaced_timesteps(const SchedulerSpec& spec, int64_t steps) {
  const auto total = spec.num_train_timesteps;
  if (steps < 1 || steps > total) {
    throw Error(ErrorCode::value,
                "Expected 1 to " + std::to_string(total) + " steps, got " + std::to_string(steps) + ".");
  }
  std::vector<int64_t> out(static_cast<size_t>(steps));
  if (spec.timestep_spacing == "leading") {
    const auto ratio = total / steps;
    for (int64_t i = 0; i < steps; ++i) out[i] = (steps - 1 - i) * ratio + spec.steps_offset;
  } else if (spec.timestep_spacing == "trailing") {
    // numpy.arange(T, 0, -T/N): it adds multiples of the difference of its first two values.
    const auto start = static_cast<double>(total);
    const double delta = (start - start / static_cast<double>(steps)) - start;
    for (int64_t i = 0; i < steps; ++i) {
      out[i] = static_cast<int64_t>(std::nearbyint(start + static_cast<double>(i) * delta)) - 1;
    }
  } else if (spec.timestep_spacing == "linspace") {
    const auto last = static_cast<double>(total - 1);
    const double step = steps > 1 ? last / static_cast<double>(steps - 1) : 0;
    for (int64_t i = 0; i < steps; ++i) {
      out[steps - 1 - i] = static_cast<int64_t>(std::nearbyint(static_cast<double>(i) * step));
    }
    if (steps > 1) out[0] = total - 1;
  } else {
    throw Error(ErrorCode::config, "Expected timestep_spacing 'leading', 'trailing' or 'linspace', got '" +
                                       spec.timestep_spacing + "'.");
  }
  for (const auto t : out) {
    if (t < 0 || t >= total) {
      throw Error(ErrorCode::config, "The scheduler's timestep " + std::to_string(t) + " lies outside 0 to " +
                                         std::to_string(total - 1) +
                                         ": lower steps_offset or the number of steps.");
    }
  }
  return out;
}

int64_t first_step(int64_t steps, double strength) {
  if (!(strength >= 0 && strength <= 1)) {
    throw Error(ErrorCode::value, "Expected a strength from 0 to 1, got " + std::to_string(strength) + ".");
  }
  const auto run = std::min(static_cast<int64_t>(static_cast<double>(steps) * strength), steps);
  if (run < 1) {
    throw Error(ErrorCode::value, std::to_string(steps) + " steps at strength " + std::to_string(strength) +
                                      " leave no step to run: raise either.");
  }
  return steps - run;
}

}  // namespace synood
