#pragma once

#include <cstdint>
#include <vector>

#include "synood/specs.h"

namespace synood {

// The N model times that a run of N steps visits, descending (Lin et al., 2024, table 2), rounded as numpy
// rounds them (half to even):
//
//   leading   i * floor(T/N) + steps_offset
//   trailing  round(T - i * T/N) - 1
//   linspace  round(i * (T-1)/(N-1))
std::vector<int64_t> spaced_timesteps(const SchedulerSpec& spec, int64_t steps);

// The same as Euler's method has them: linspace keeps its fractions, in float32.
std::vector<double> fractional_timesteps(const SchedulerSpec& spec, int64_t steps);

// The same as multistep solvers have them: of the first `last` training times, and where the spacing would
// reach the smallest one (leading, linspace) N + 1 points without that one.
std::vector<double> multistep_timesteps(const SchedulerSpec& spec, int64_t steps, int64_t last);

// Where img2img begins: of N steps the last min(trunc(N * strength), N) are run, the product truncated in
// double precision as Python's int() does (50 * 0.58 gives 28). No step at all is an ERR_VALUE.
int64_t first_step(int64_t steps, double strength);

}  // namespace synood
