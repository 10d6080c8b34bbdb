#include "nn/normalised.h"

#include <torch/csrc/autograd/custom_function.h>

#include "kernels/group_norm_silu.h"
#include "nn/activation.h"

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

kernels::GroupNormShape shape_of(const at::Tensor& x, int64_t groups) {
  return {x.size(0), x.size(2) * x.size(3), x.size(1), groups};
}

struct Normalised : torch::autograd::Function<Normalised> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& weight,
                            const at::Tensor& bias, int64_t groups, double eps, bool silu) {
    const auto x = given.contiguous(at::MemoryFormat::ChannelsLast);
    auto y = at::empty_like(x);
    const auto mean = at::empty({x.size(0), groups}, x.options()), rstd = at::empty_like(mean);
    kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                             bias.const_data_ptr<float>(), y.data_ptr<float>(), mean.data_ptr<float>(),
                             rstd.data_ptr<float>(), shape_of(x, groups), static_cast<float>(eps), silu);
    context->save_for_backward({x, weight, bias, mean, rstd});
    context->saved_data["groups"] = groups;
    context->saved_data["silu"] = silu;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    auto dx = at::empty_like(x);
    dx.copy_(gradients[0]);
    kernels::group_norm_silu_backward(
        dx.const_data_ptr<float>(), x.const_data_ptr<float>(), saved[1].const_data_ptr<float>(),
        saved[2].const_data_ptr<float>(), saved[3].const_data_ptr<float>(), saved[4].const_data_ptr<float>(),
        dx.data_ptr<float>(), shape_of(x, context->saved_data["groups"].toInt()),
        context->saved_data["silu"].toBool());
    return {dx, {}, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t groups,
                      double eps, bool silu) {
  const bool kernel = x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0 &&
                      !weight.requires_grad() && !bias.requires_grad();
  if (kernel) return Normalised::apply(x, weight, bias, groups, eps, silu);
  const auto y = at::group_norm(x, groups, weight, bias, eps);
  return silu ? activate(Activation::silu, y) : y;
}

}  // namespace synood
