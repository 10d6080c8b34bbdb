#pragma once

#include <ATen/ATen.h>

#include <string>

namespace synood {

// How a sample's noise follows its gradient g, all (C, h, w) of one sample:
//
//   fixed        noise - step_size * g            as published
//   normalised   noise - step_size * g / rms(g)   step_size is then the rms of the change, in units of the
//                                                 noise's own deviation, whatever the classifier's scale
//   line-search  as normalised; a step that carries the score across the boundary is taken back and halved
//                (backtracking, Armijo 1966, with the sign of score - target as the test)
enum class StepRule { fixed, normalised, line_search };

StepRule parse_step_rule(const std::string& name);

at::Tensor updated_noise(StepRule rule, double step_size, const at::Tensor& noise,
                         const at::Tensor& gradient);

// (noise - mean) / deviation over the sample
at::Tensor restandardised(const at::Tensor& noise);

}  // namespace synood
