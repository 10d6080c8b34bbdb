#pragma once

#include <vector>

#include "synood/specs.h"

namespace synood {

// The noise level of each training time, sigma_t = sqrt((1 - abar_t) / abar_t), float32, ascending. With
// zero-SNR rescaling abar_T is 2^-24, so that the last one is finite.
class SigmaTable {
 public:
  explicit SigmaTable(const SchedulerSpec& spec);

  double smallest() const { return values_.front(); }
  double largest() const { return values_.back(); }
  // Interpolated between whole times (numpy.interp).
  double at(double timestep) const;
  // The time of a noise level, interpolated in its logarithm; outside the table the nearest end.
  double time_of(double sigma) const;
  // How many training times have lambda = ln(alpha_t / sigma'_t) of at least this.
  int64_t count_above(double lambda) const;

 private:
  std::vector<float> values_, logarithms_, lambdas_;
};

// Karras et al., 2022, equation 5: n levels from `largest` to `smallest`, evenly spaced in sigma^(1/7).
std::vector<double> karras_sigmas(double largest, double smallest, int64_t n);

// A noise level as the variance-preserving pair that solvers count in: alpha = 1 / sqrt(sigma^2 + 1),
// sigma' = sigma alpha, lambda = ln alpha - ln sigma' (infinite at sigma 0).
struct NoiseLevel {
  float alpha = 1, sigma = 0;

  explicit NoiseLevel(float ratio);
  float lambda() const;
};

// The levels of `timesteps` and, behind them, the final one: 0 ("zero") or the smallest of training
// ("sigma_min"). Another word is an ERR_CONFIG.
std::vector<float> with_final_sigma(const std::vector<double>& sigmas, const SchedulerSpec& spec,
                                    double smallest);

// Where a time stands among a run's times; the second place if it stands there twice, so that a run that
// begins there skips no level (diffusers' index_for_timestep). A time that is not there is an ERR_VALUE.
int64_t index_of_timestep(const std::vector<double>& timesteps, double timestep);

// Custom times must descend within [0, T): ERR_VALUE otherwise.
void expect_descending(const std::vector<double>& timesteps, int64_t train_timesteps);

}  // namespace synood
