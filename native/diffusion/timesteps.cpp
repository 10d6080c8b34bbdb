#include "diffusion/timesteps.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "diffusion/prediction.h"
#include "synood/error.h"

namespace synood {
namespace {

void expect_steps(int64_t steps, int64_t most) {
  if (steps >= 1 && steps <= most) return;
  throw Error(ErrorCode::value,
              "Expected 1 to " + std::to_string(most) + " steps, got " + std::to_string(steps) + ".");
}

void expect_spacing(const SchedulerSpec& spec) {
  expect_word("timestep_spacing", spec.timestep_spacing, {"leading", "trailing", "linspace"});
}

template <typename T>
void expect_trained(const std::vector<T>& timesteps, int64_t total) {
  for (const auto t : timesteps) {
    if (t >= 0 && t < static_cast<T>(total)) continue;
    throw Error(ErrorCode::config, "The scheduler's timestep " + std::to_string(static_cast<int64_t>(t)) +
                                       " lies outside 0 to " + std::to_string(total - 1) +
                                       ": lower steps_offset or the number of steps.");
  }
}

// numpy.arange(last, 0, -T/N), rounded, less one: it adds multiples of the difference of its first two
// values.
int64_t trailing_timestep(int64_t last, int64_t total, int64_t steps, int64_t i) {
  const auto start = static_cast<double>(last);
  const double delta = (start - static_cast<double>(total) / static_cast<double>(steps)) - start;
  return static_cast<int64_t>(std::nearbyint(start + static_cast<double>(i) * delta)) - 1;
}

// numpy.linspace(0, last, points)[i]
double linspace_point(int64_t last, int64_t points, int64_t i) {
  if (points == 1) return 0;
  const auto end = static_cast<double>(last);
  return i + 1 == points ? end : static_cast<double>(i) * (end / static_cast<double>(points - 1));
}

}  // namespace

std::vector<int64_t> spaced_timesteps(const SchedulerSpec& spec, int64_t steps) {
  const auto total = spec.num_train_timesteps;
  expect_steps(steps, total);
  expect_spacing(spec);
  std::vector<int64_t> out(static_cast<size_t>(steps));
  for (int64_t i = 0; i < steps; ++i) {
    if (spec.timestep_spacing == "leading") {
      out[i] = (steps - 1 - i) * (total / steps) + spec.steps_offset;
    } else if (spec.timestep_spacing == "trailing") {
      out[i] = trailing_timestep(total, total, steps, i);
    } else {
      out[i] = static_cast<int64_t>(std::nearbyint(linspace_point(total - 1, steps, steps - 1 - i)));
    }
  }
  expect_trained(out, total);
  return out;
}

std::vector<double> fractional_timesteps(const SchedulerSpec& spec, int64_t steps) {
  if (spec.timestep_spacing != "linspace") {
    const auto whole = spaced_timesteps(spec, steps);
    return {whole.begin(), whole.end()};
  }
  expect_steps(steps, spec.num_train_timesteps);
  std::vector<double> out;
  for (int64_t i = steps - 1; i >= 0; --i) {
    out.push_back(static_cast<float>(linspace_point(spec.num_train_timesteps - 1, steps, i)));
  }
  return out;
}

std::vector<double> multistep_timesteps(const SchedulerSpec& spec, int64_t steps, int64_t last) {
  const auto total = spec.num_train_timesteps;
  expect_spacing(spec);
  expect_steps(steps, std::min(total, last) - 1);
  std::vector<double> out;
  for (int64_t i = 0; i < steps; ++i) {
    int64_t t = 0;
    if (spec.timestep_spacing == "leading") {
      t = (steps - i) * (last / (steps + 1)) + spec.steps_offset;
    } else if (spec.timestep_spacing == "trailing") {
      t = trailing_timestep(last, total, steps, i);
      if (t < 0) break;
    } else {
      t = static_cast<int64_t>(std::nearbyint(linspace_point(last - 1, steps + 1, steps - i)));
    }
    out.push_back(static_cast<double>(t));
  }
  expect_trained(out, total);
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
