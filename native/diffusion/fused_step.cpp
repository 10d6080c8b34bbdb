#include "diffusion/fused_step.h"

#include "engine/cuda_launch.h"

namespace synood {

bool has_fused_step(const GuidedOutput& output, const at::Tensor& sample) {
  return sample.is_cuda() && sample.scalar_type() == at::kFloat && !at::GradMode::is_enabled() &&
         has_cuda_kernels(output.unconditional);
}

at::Tensor fused_step(const GuidedOutput& output, const at::Tensor& sample, const at::Tensor& noise,
                      kernels::StepFormula formula) {
  // In the outputs' order of elements, which a denoiser chooses; from its second step on the sample has it.
  const auto format = output.unconditional.suggest_memory_format();
  const auto in_order = [format](const at::Tensor& x) { return x.defined() ? x.contiguous(format) : x; };
  const auto u = in_order(output.unconditional), c = in_order(output.conditional), x = in_order(sample),
             n = in_order(noise);
  auto next = at::empty_like(x);
  formula.guidance = static_cast<float>(output.scale);
  kernels::cuda::guided_step(u.const_data_ptr(), c.defined() ? c.const_data_ptr() : nullptr,
                             x.const_data_ptr<float>(), n.defined() ? n.const_data_ptr<float>() : nullptr,
                             next.data_ptr<float>(), x.numel(), formula, CudaLaunch(u));
  return next;
}

}  // namespace synood
