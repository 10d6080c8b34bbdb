#include "nn/normalised.h"

#include <torch/csrc/autograd/custom_function.h>

#include "engine/cuda_launch.h"
#include "engine/has_kernels.h"
#include "kernels/group_norm_silu.h"
#include "nn/activation.h"

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

kernels::GroupNormShape shape_of(const at::Tensor& x, int64_t groups) {
  return {x.size(0), x.size(2) * x.size(3), x.size(1), groups};
}

at::Tensor workspace_for(const at::Tensor& x, const kernels::GroupNormShape& shape) {
  return at::empty({kernels::group_norm_workspace(shape)}, x.options().dtype(at::kFloat));
}

struct Normalised : torch::autograd::Function<Normalised> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& weight,
                            const at::Tensor& bias, int64_t groups, double eps, bool silu) {
    const auto x = given.contiguous(at::MemoryFormat::ChannelsLast);
    auto y = at::empty_like(x);
    const auto mean = at::empty({x.size(0), groups}, x.options().dtype(at::kFloat)),
               rstd = at::empty_like(mean);
    const auto shape = shape_of(x, groups);
    const auto space = workspace_for(x, shape);
    auto *means = mean.data_ptr<float>(), *rstds = rstd.data_ptr<float>(), *spare = space.data_ptr<float>();
    if (x.is_cpu()) {
      kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                               bias.const_data_ptr<float>(), y.data_ptr<float>(), means, rstds, spare, shape,
                               static_cast<float>(eps), silu);
    } else {
      kernels::cuda::group_norm_silu(x.const_data_ptr(), weight.const_data_ptr(), bias.const_data_ptr(),
                                     y.data_ptr(), means, rstds, spare, shape, static_cast<float>(eps), silu,
                                     CudaLaunch(x));
    }
    context->save_for_backward({x, weight, bias, mean, rstd});
    context->saved_data["groups"] = groups;
    context->saved_data["silu"] = silu;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto &weight = saved[1], &bias = saved[2];
    const auto dy = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    auto dx = at::empty_like(x);
    const auto shape = shape_of(x, context->saved_data["groups"].toInt());
    const bool silu = context->saved_data["silu"].toBool();
    const auto space = workspace_for(x, shape);
    const auto *mean = saved[3].const_data_ptr<float>(), *rstd = saved[4].const_data_ptr<float>();
    if (x.is_cpu()) {
      kernels::group_norm_silu_backward(dy.const_data_ptr<float>(), x.const_data_ptr<float>(),
                                        weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), mean,
                                        rstd, dx.data_ptr<float>(), space.data_ptr<float>(), shape, silu);
    } else {
      kernels::cuda::group_norm_silu_backward(
          dy.const_data_ptr(), x.const_data_ptr(), weight.const_data_ptr(), bias.const_data_ptr(), mean, rstd,
          dx.data_ptr(), space.data_ptr<float>(), shape, silu, CudaLaunch(x));
    }
    return {dx, {}, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t groups,
                      double eps, bool silu) {
  const bool kernel = has_kernels(x) && x.dim() == 4 && x.numel() > 0 &&
                      weight.scalar_type() == x.scalar_type() && !weight.requires_grad() &&
                      !bias.requires_grad();
  if (kernel) return Normalised::apply(x, weight, bias, groups, eps, silu);
  const auto y = at::group_norm(x, groups, weight, bias, eps);
  return silu ? activate(Activation::silu, y) : y;
}

}  // namespace synood
