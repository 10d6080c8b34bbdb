#include "nn/frozen.h"

#include <torch/csrc/autograd/custom_function.h>

#include "engine/has_kernels.h"

namespace synood {
namespace {

using kernels::Resampling;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor transposed(const at::Tensor& weight) { return weight.t(); }

// What takes a gradient of the output of a convolution of stride 1 back to its input.
at::Tensor turned(const at::Tensor& weight) { return weight.transpose(0, 1).flip({2, 3}); }

// The rows of a 3-tap kernel that meet the same number of an input that was repeated: the upper result of a
// pair sees (before: 0), (own: 1 + 2), the lower one (own: 0 + 1), (after: 2).
at::Tensor folded(const at::Tensor& weight, int64_t dimension, bool second) {
  const auto tap = [&](int64_t i) { return weight.select(dimension, i); };
  const auto pair = second ? std::vector<at::Tensor>{tap(0) + tap(1), tap(2)}
                           : std::vector<at::Tensor>{tap(0), tap(1) + tap(2)};
  return at::stack(pair, dimension);
}

// (out, in, 3, 3) -> (4 out, in, 2, 2): upper left, upper right, lower left, lower right
at::Tensor phases(const at::Tensor& weight) {
  std::vector<at::Tensor> kernels;
  for (const bool lower : {false, true}) {
    for (const bool right : {false, true}) kernels.push_back(folded(folded(weight, 2, lower), 3, right));
  }
  return at::cat(kernels);
}

at::Tensor turned_phases(const at::Tensor& weight) { return turned(phases(weight)); }

// What a call's way back needs beside its gradient.
struct Call : torch::CustomClassHolder {
  std::shared_ptr<FrozenWeight> frozen;
  at::Tensor weight, bias;
  std::vector<int64_t> sizes;  // of x
  int64_t kernel = 1, stride = 1, padding = 0;
  bool in_tiles = false;  // by Winograd's method
};
using CallPointer = c10::intrusive_ptr<Call>;

CallPointer saved(AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
}

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const CallPointer& call) {
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return call->frozen->forward.linear(x, call->weight, call->bias);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto call = saved(context);
    const auto packed = call->frozen->backward.linear(gradients[0], call->weight, {});
    return {packed.defined() ? packed : at::matmul(gradients[0], call->weight), {}};
  }
};

at::Tensor forward_convolution(const Call& call, const at::Tensor& x) {
  if (call.in_tiles) return call.frozen->tiles.convolution(x, call.weight, call.bias, Resampling::none);
  return call.frozen->forward.convolution(x, call.weight, call.bias, call.stride, call.padding);
}

// Of a convolution of stride 1.
at::Tensor backward_convolution(const Call& call, const at::Tensor& gradient) {
  if (call.in_tiles) return call.frozen->tiles.gradient(gradient, call.weight, Resampling::none);
  return call.frozen->backward.convolution(gradient, call.weight, {}, 1, call.kernel - 1 - call.padding);
}

struct ConvolutionFunction : torch::autograd::Function<ConvolutionFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const CallPointer& call) {
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return forward_convolution(*call, x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto call = saved(context);
    const auto& gradient = gradients[0];
    if (call->stride == 1) return {backward_convolution(*call, gradient), {}};
    // x is there for its sizes alone.
    const auto x = at::empty(call->sizes, gradient.options(), gradient.suggest_memory_format());
    const std::vector<int64_t> strides(2, call->stride), paddings(2, call->padding), ones(2, 1), zeros(2, 0);
    const auto found =
        at::convolution_backward(gradient, x, call->weight, std::nullopt, strides, paddings, ones, false,
                                 zeros, 1, std::array<bool, 3>{true, false, false});
    return {std::get<0>(found), {}};
  }
};

// The results of one of the four kernels in (N, 4 out, H + 1, W + 1), where a lower or right one's begin one
// further: a view (N, H, W, out).
at::Tensor phase(const at::Tensor& all, int64_t lower, int64_t right) {
  const auto out = all.size(1) / 4;
  return all.narrow(1, (2 * lower + right) * out, out)
      .narrow(2, lower, all.size(2) - 1)
      .narrow(3, right, all.size(3) - 1)
      .permute({0, 2, 3, 1});
}

// (N, 4 out, H + 1, W + 1) -> (N, out, 2H, 2W)
at::Tensor interleaved(const at::Tensor& all) {
  const auto n = all.size(0), out = all.size(1) / 4, h = all.size(2) - 1, w = all.size(3) - 1;
  const auto y = at::empty({n, h, 2, w, 2, out}, all.options());
  for (const int64_t lower : {0, 1}) {
    for (const int64_t right : {0, 1}) y.select(4, right).select(2, lower).copy_(phase(all, lower, right));
  }
  return y.view({n, 2 * h, 2 * w, out}).permute({0, 3, 1, 2});
}

// The way back of interleaved(); what it left out gets zeros.
at::Tensor separated(const at::Tensor& gradient) {
  const auto n = gradient.size(0), out = gradient.size(1), h = gradient.size(2) / 2, w = gradient.size(3) / 2;
  const auto dy = gradient.permute({0, 2, 3, 1}).contiguous().view({n, h, 2, w, 2, out});
  const auto all = at::zeros({n, h + 1, w + 1, 4 * out}, gradient.options()).permute({0, 3, 1, 2});
  for (const int64_t lower : {0, 1}) {
    for (const int64_t right : {0, 1}) phase(all, lower, right).copy_(dy.select(4, right).select(2, lower));
  }
  return all;
}

at::Tensor forward_upsampled(const Call& call, const at::Tensor& x) {
  if (call.in_tiles) return call.frozen->tiles.convolution(x, call.weight, call.bias, Resampling::repeat);
  return interleaved(forward_convolution(call, x));
}

at::Tensor backward_upsampled(const Call& call, const at::Tensor& gradient) {
  if (call.in_tiles) return call.frozen->tiles.gradient(gradient, call.weight, Resampling::sum);
  return backward_convolution(call, separated(gradient));
}

struct UpsampledFunction : torch::autograd::Function<UpsampledFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const CallPointer& call) {
    context->saved_data["call"] = c10::IValue::make_capsule(call);
    return forward_upsampled(*call, x);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {backward_upsampled(*saved(context), gradients[0]), {}};
  }
};

bool records(const at::Tensor& x) { return at::GradMode::is_enabled() && x.requires_grad(); }

bool packs(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return has_cpu_kernels(x) && x.numel() > 0 && worth_packing(weight) &&
         !(bias.defined() && bias.requires_grad());
}

}  // namespace

std::shared_ptr<FrozenWeight> frozen_linear() { return std::make_shared<FrozenWeight>(nullptr, transposed); }

std::shared_ptr<FrozenWeight> frozen_convolution() { return std::make_shared<FrozenWeight>(nullptr, turned); }

std::shared_ptr<FrozenWeight> frozen_upsampling() {
  return std::make_shared<FrozenWeight>(phases, turned_phases);
}

at::Tensor linear(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x, const at::Tensor& weight,
                  const at::Tensor& bias) {
  if (!packs(x, weight, bias)) return at::linear(x, weight, bias);
  if (!records(x)) return frozen->forward.linear(x, weight, bias);
  const auto call = c10::make_intrusive<Call>();
  call->frozen = frozen;
  call->weight = weight;
  call->bias = bias;
  return LinearFunction::apply(x, call);
}

at::Tensor convolution(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x,
                       const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding) {
  if (!packs(x, weight, bias)) return at::conv2d(x, weight, bias, stride, padding);
  Call shape;
  shape.frozen = frozen;
  shape.weight = weight;
  shape.bias = bias;
  shape.kernel = weight.size(2);
  shape.stride = stride;
  shape.padding = padding;
  shape.in_tiles = stride == 1 && padding == 1 && winograd_pays(weight, x.size(2), x.size(3));
  if (!records(x)) return forward_convolution(shape, x);
  const auto call = c10::make_intrusive<Call>(shape);
  call->sizes = x.sizes().vec();
  return ConvolutionFunction::apply(x, call);
}

at::Tensor upsampled_convolution(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x,
                                 const at::Tensor& weight, const at::Tensor& bias) {
  if (!packs(x, weight, bias)) {
    return at::conv2d(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}), weight, bias, 1, 1);
  }
  Call shape;
  shape.frozen = frozen;
  shape.weight = weight;
  shape.in_tiles = winograd_pays(weight, 2 * x.size(2), 2 * x.size(3));
  shape.bias = bias.defined() && !shape.in_tiles ? bias.repeat(4) : bias;
  shape.kernel = 2;
  shape.padding = 1;
  if (!records(x)) return forward_upsampled(shape, x);
  return UpsampledFunction::apply(x, c10::make_intrusive<Call>(shape));
}

}  // namespace synood
