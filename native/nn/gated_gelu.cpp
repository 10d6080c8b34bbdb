#include "nn/gated_gelu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "engine/cuda_launch.h"
#include "engine/has_kernels.h"
#include "kernels/gated_gelu.h"

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct GatedGelu : torch::autograd::Function<GatedGelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& given) {
    const auto x = given.contiguous();
    context->save_for_backward({x});
    auto shape = x.sizes().vec();
    shape.back() /= 2;
    auto y = at::empty(shape, x.options());
    const auto width = shape.back(), rows = width > 0 ? y.numel() / width : 0;
    if (x.is_cpu()) {
      kernels::gated_gelu(x.const_data_ptr<float>(), y.data_ptr<float>(), rows, width);
    } else {
      kernels::cuda::gated_gelu(x.const_data_ptr(), y.data_ptr(), rows, width, CudaLaunch(x));
    }
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto halves = context->get_saved_variables()[0].chunk(2, -1);
    const auto &a = halves[0], &g = halves[1], &dy = gradients[0];
    return {at::cat({dy * at::gelu(g), at::gelu_backward(dy * a, g)}, -1)};
  }
};

}  // namespace

at::Tensor gated_gelu(const at::Tensor& x) {
  if (has_kernels(x)) return GatedGelu::apply(x);
  const auto halves = x.chunk(2, -1);
  return halves[0] * at::gelu(halves[1]);
}

}  // namespace synood
