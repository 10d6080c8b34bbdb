#include "synthesis/step_rule.h"

#include <cmath>

#include "synood/error.h"

namespace synood {

StepRule parse_step_rule(const std::string& name) {
  if (name == "fixed") return StepRule::fixed;
  if (name == "normalised") return StepRule::normalised;
  throw Error(ErrorCode::config, "Expected step_rule 'fixed' or 'normalised', got '" + name + "'.");
}

at::Tensor updated_noise(StepRule rule, double step_size, const at::Tensor& noise,
                         const at::Tensor& gradient) {
  if (rule == StepRule::fixed) return noise - gradient * step_size;
  const double rms = std::sqrt(gradient.to(at::kDouble).square().mean().item<double>());
  // A picture that is saturated everywhere has no gradient and stays.
  return rms > 0 ? noise - gradient * (step_size / rms) : noise;
}

}  // namespace synood
