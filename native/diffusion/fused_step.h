#pragma once

#include "diffusion/guided_output.h"
#include "kernels/guided_step.h"

namespace synood {

// Whether kernels/guided_step.cu can take this step: on CUDA, with nothing recorded.
bool has_fused_step(const GuidedOutput& output, const at::Tensor& sample);

// Guidance and a scheduler's step in one pass; the formula's guidance is the output's. sample (N, C, h, w)
// float32; noise of its shape, or undefined.
at::Tensor fused_step(const GuidedOutput& output, const at::Tensor& sample, const at::Tensor& noise,
                      kernels::StepFormula formula);

}  // namespace synood
