#include "nn/normalised_silu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "kernels/group_norm_silu.h"
#include "kernels/swish.h"
#include "nn/activation.h"

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Normalised {
  at::Tensor y, mean, rstd;
};

// x channels-last
Normalised compute(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t groups,
                   double eps, bool silu) {
  const kernels::GroupNormShape shape{x.size(0), x.size(2) * x.size(3), x.size(1), groups};
  Normalised out{at::empty_like(x), at::empty({x.size(0), groups}, x.options()),
                 at::empty({x.size(0), groups}, x.options())};
  kernels::group_norm_silu(x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                           bias.const_data_ptr<float>(), out.y.data_ptr<float>(), out.mean.data_ptr<float>(),
                           out.rstd.data_ptr<float>(), shape, static_cast<float>(eps), silu);
  return out;
}

struct NormalisedSilu : torch::autograd::Function<NormalisedSilu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given, const at::Tensor& weight,
                            const at::Tensor& bias, int64_t groups, double eps) {
    const auto x = given.contiguous(at::MemoryFormat::ChannelsLast);
    const auto out = compute(x, weight, bias, groups, eps, true);
    context->save_for_backward({x, weight, bias, out.mean, out.rstd});
    context->saved_data["groups"] = groups;
    context->saved_data["eps"] = eps;
    return out.y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &bias = saved[2], &mean = saved[3], &rstd = saved[4];
    const auto groups = context->saved_data["groups"].toInt();
    const auto normed = compute(x, weight, bias, groups, context->saved_data["eps"].toDouble(), false).y;
    auto dy = at::empty_like(x);
    dy.copy_(gradients[0]);
    kernels::swish_backward(dy.const_data_ptr<float>(), normed.const_data_ptr<float>(), dy.data_ptr<float>(),
                            dy.numel(), 1);
    const auto found =
        at::native_group_norm_backward(dy, x, mean, rstd, weight, x.size(0), x.size(1), x.size(2) * x.size(3),
                                       groups, std::array<bool, 3>{true, false, false});
    return {std::get<0>(found), {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor normalised_silu(const GroupNorm& norm, const at::Tensor& x) {
  const bool kernel = x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0 &&
                      !norm.weight.requires_grad() && !norm.bias.requires_grad();
  if (!kernel) return activate(Activation::silu, norm(x));
  return NormalisedSilu::apply(x, norm.weight, norm.bias, norm.groups, norm.eps);
}

}  // namespace synood
