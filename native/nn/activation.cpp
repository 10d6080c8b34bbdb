#include "nn/activation.h"

#include <torch/csrc/autograd/custom_function.h>

#include "engine/has_kernels.h"
#include "kernels/swish.h"
#include "synood/error.h"

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Elements one after another in memory, in whatever order.
at::Tensor dense(const at::Tensor& x) { return x.is_non_overlapping_and_dense() ? x : x.contiguous(); }

struct Swish : torch::autograd::Function<Swish> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, double beta) {
    const auto from = dense(x);
    context->save_for_backward({from});
    context->saved_data["beta"] = beta;
    auto y = at::empty_like(from);
    kernels::swish(from.const_data_ptr<float>(), y.data_ptr<float>(), y.numel(), static_cast<float>(beta));
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto x = context->get_saved_variables()[0];
    // In x's own order of elements.
    auto dy = at::empty_like(x);
    dy.copy_(gradients[0]);
    kernels::swish_backward(dy.const_data_ptr<float>(), x.const_data_ptr<float>(), dy.data_ptr<float>(),
                            x.numel(), static_cast<float>(context->saved_data["beta"].toDouble()));
    return {dy, {}};
  }
};

}  // namespace

Activation parse_activation(const std::string& name) {
  if (name == "quick_gelu") return Activation::quick_gelu;
  if (name == "gelu") return Activation::gelu;
  if (name == "silu" || name == "swish") return Activation::silu;
  if (name == "relu") return Activation::relu;
  throw Error(ErrorCode::model_format,
              "Expected hidden_act 'quick_gelu', 'gelu', 'silu' or 'relu', got '" + name + "'.");
}

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::quick_gelu:
      return has_cpu_kernels(x) ? Swish::apply(x, 1.702) : x * at::sigmoid(x * 1.702);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::silu:
      return has_cpu_kernels(x) ? Swish::apply(x, 1.0) : at::silu(x);
    case Activation::relu:
      return at::relu(x);
  }
  throw Error(ErrorCode::internal, "Unknown activation.");
}

void activate_in_place(Activation activation, at::Tensor& x) {
  const bool swish = activation == Activation::quick_gelu || activation == Activation::silu;
  if (swish && has_cpu_kernels(x) && x.is_non_overlapping_and_dense()) {
    kernels::swish_in_place(x.data_ptr<float>(), x.numel(),
                            activation == Activation::quick_gelu ? 1.702f : 1.0f);
  } else {
    x.copy_(activate(activation, x));
  }
}

}  // namespace synood
