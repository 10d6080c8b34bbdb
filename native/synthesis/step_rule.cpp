#include "synthesis/step_rule.h"

#include <cmath>

#include "engine/cuda_launch.h"
#include "kernels/noise_update.h"
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
  const auto from = noise.contiguous(), along = gradient.contiguous();
  auto updated = at::empty_like(from);
  const bool normalised = rule != StepRule::fixed;
  const auto step = static_cast<float>(step_size);
  if (from.is_cpu()) {
    kernels::noise_update(from.const_data_ptr<float>(), along.const_data_ptr<float>(),
                          updated.data_ptr<float>(), from.numel(), step, normalised);
    return updated;
  }
  if (has_cuda_kernels(from)) {
    kernels::cuda::noise_update(from.const_data_ptr<float>(), along.const_data_ptr<float>(),
                                updated.data_ptr<float>(), from.numel(), step, normalised, CudaLaunch(from));
    return updated;
  }
  if (!normalised) return noise - gradient * step_size;
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
