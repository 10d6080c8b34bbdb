#include "diffusion/sigma_table.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "diffusion/noise_schedule.h"
#include "diffusion/prediction.h"
#include "synood/error.h"

namespace synood {

SigmaTable::SigmaTable(const SchedulerSpec& spec) {
  auto products = alphas_cumprod(spec);
  if (spec.rescale_betas_zero_snr) products.back() = 0x1p-24f;
  for (const float product : products) {
    values_.push_back(std::sqrt((1 - product) / product));
    logarithms_.push_back(std::log(values_.back()));
    lambdas_.push_back(std::log(std::sqrt(product)) - std::log(std::sqrt(1 - product)));
  }
}

double SigmaTable::at(double timestep) const {
  const auto last = values_.size() - 1;
  if (timestep <= 0) return values_.front();
  if (timestep >= static_cast<double>(last)) return values_.back();
  const auto low = static_cast<size_t>(timestep);
  const double slope = static_cast<double>(values_[low + 1]) - static_cast<double>(values_[low]);
  return slope * (timestep - static_cast<double>(low)) + static_cast<double>(values_[low]);
}

double SigmaTable::time_of(double sigma) const {
  const double wanted = std::log(std::max(sigma, 1e-10));
  size_t low = 0;
  while (low + 2 < logarithms_.size() && logarithms_[low + 1] <= wanted) ++low;
  const float below = logarithms_[low], above = logarithms_[low + 1];
  const double share = (below - wanted) / static_cast<double>(below - above);
  const double weight = std::clamp(share, 0.0, 1.0);
  return (1 - weight) * static_cast<double>(low) + weight * static_cast<double>(low + 1);
}

int64_t SigmaTable::count_above(double lambda) const {
  return std::count_if(lambdas_.begin(), lambdas_.end(), [lambda](float l) { return l >= lambda; });
}

std::vector<double> karras_sigmas(double largest, double smallest, int64_t n) {
  constexpr double kRho = 7;
  const double from = std::pow(largest, 1 / kRho), to = std::pow(smallest, 1 / kRho);
  std::vector<double> out;
  for (int64_t i = 0; i < n; ++i) {
    const double ramp = n > 1 ? static_cast<double>(i) / static_cast<double>(n - 1) : 0;
    out.push_back(std::pow(from + ramp * (to - from), kRho));
  }
  return out;
}

NoiseLevel::NoiseLevel(float ratio) : alpha(1 / std::sqrt(ratio * ratio + 1)), sigma(ratio * alpha) {}

float NoiseLevel::lambda() const { return std::log(alpha) - std::log(sigma); }

std::vector<float> with_final_sigma(const std::vector<double>& sigmas, const SchedulerSpec& spec,
                                    double smallest) {
  expect_word("final_sigmas_type", spec.final_sigmas_type, {"zero", "sigma_min"});
  std::vector<float> out(sigmas.begin(), sigmas.end());
  out.push_back(spec.final_sigmas_type == "zero" ? 0.0f : static_cast<float>(smallest));
  return out;
}

int64_t index_of_timestep(const std::vector<double>& timesteps, double timestep) {
  const auto first = std::find(timesteps.begin(), timesteps.end(), timestep);
  if (first == timesteps.end()) {
    throw Error(ErrorCode::value, "Expected one of the scheduler's timesteps, got " +
                                      std::to_string(timestep) +
                                      ": take them from timesteps after setTimesteps.");
  }
  const auto second = std::find(first + 1, timesteps.end(), timestep);
  return (second == timesteps.end() ? first : second) - timesteps.begin();
}

void expect_descending(const std::vector<double>& timesteps, int64_t train_timesteps) {
  if (timesteps.empty()) throw Error(ErrorCode::value, "Expected at least one timestep, got none.");
  const auto limit = static_cast<double>(train_timesteps);
  for (size_t i = 0; i < timesteps.size(); ++i) {
    if (!(timesteps[i] >= 0 && timesteps[i] < limit) || (i > 0 && !(timesteps[i] < timesteps[i - 1]))) {
      throw Error(ErrorCode::value,
                  "Expected timesteps that descend within 0 to " + std::to_string(train_timesteps - 1) +
                      ", got " + std::to_string(timesteps[i]) + " at place " + std::to_string(i) + ".");
    }
  }
}

}  // namespace synood
