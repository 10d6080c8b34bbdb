#include "synthesis/step_rule.h"

#include <cmath>

#include "synood/error.h"

namespace synood {

StepRule parse_step_rule(const std::string& name) {
  if (name == "fixed") return StepRule::fixed;
  if (name == "normalised") return StepRule::normalised;
  if (name == "line-search") return StepRule::line_search;
  throw Error(ErrorCode::config,
              "Expected step_rule 'fixed', 'normalised' or 'line-search', got '" + name + "'.");
}

at::Tensor updated_noise(StepRule rule, double step_size, const at::Tensor& noise,
                         const at::Tensor& gradient) {
  if (rule == StepRule::fixed) return noise - gradient * step_size;
  const double rms = std::sqrt(gradient.to(at::kDouble).square().mean().item<double>());
  return rms > 0 ? noise - gradient * (step_size / rms) : noise;
}

at::Tensor restandardised(const at::Tensor& noise) {
  const auto wide = noise.to(at::kDouble);
  const double mean = wide.mean().item<double>();
  const double deviation = std::sqrt((wide - mean).square().mean().item<double>());
  return deviation > 0 ? (noise - mean) / deviation : noise;
}

}  // namespace synood
