#pragma once

#include <ATen/ATen.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

namespace synood::packed {

using Scalars = c10::List<std::optional<at::Scalar>>;
using OptionalTensor = std::optional<at::Tensor>;
using Word = std::optional<std::string_view>;
using ReorderLinear = at::Tensor(const at::Tensor&, std::optional<int64_t>);
using Linear = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, std::string_view,
                          Scalars, Word);
using Convolution = at::Tensor(const at::Tensor&, const at::Tensor&, const OptionalTensor&, at::IntArrayRef,
                               at::IntArrayRef, at::IntArrayRef, int64_t, std::string_view, Scalars, Word);

// LibTorch's operators on packed weights, which its C++ headers don't declare; a build without oneDNN, or a
// version that changed them, has none.
struct Operators {
  std::optional<c10::TypedOperatorHandle<ReorderLinear>> reorder_linear;
  std::optional<c10::TypedOperatorHandle<Linear>> linear;
  std::optional<c10::TypedOperatorHandle<Convolution>> convolution;

  template <typename Signature>
  static std::optional<c10::TypedOperatorHandle<Signature>> find(const char* name, c10::DispatchKey key) {
    const auto found = c10::Dispatcher::singleton().findSchema({name, ""});
    if (!found || !found->hasKernelForDispatchKey(key)) return std::nullopt;
    try {
      return found->typed<Signature>();
    } catch (const c10::Error&) {
      return std::nullopt;
    }
  }

  static const Operators& get() {
    static const Operators operators{
        find<ReorderLinear>("mkldnn::_reorder_linear_weight", c10::DispatchKey::CPU),
        find<Linear>("mkldnn::_linear_pointwise", c10::DispatchKey::MkldnnCPU),
        find<Convolution>("mkldnn::_convolution_pointwise", c10::DispatchKey::MkldnnCPU)};
    return operators;
  }
  bool all() const { return reorder_linear && linear && convolution; }
};

}  // namespace synood::packed
