#include "nn/packed_weight.h"

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "weights/mapped_tensor.h"

namespace synood {
namespace {

// Below this the call's own overhead is larger than what is gained.
constexpr int64_t kSmallWeight = 1 << 15;

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

OptionalTensor optional(const at::Tensor& tensor) {
  return tensor.defined() ? OptionalTensor(tensor) : std::nullopt;
}

bool packable(const at::Tensor& x, const at::Tensor& weight) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.numel() > 0 && worth_packing(weight);
}

}  // namespace

bool worth_packing(const at::Tensor& weight) {
  return weight.is_cpu() && weight.scalar_type() == at::kFloat && !weight.requires_grad() &&
         weight.numel() >= kSmallWeight && Operators::get().all();
}

bool PackedWeight::stale(const at::Tensor& weight) const {
  return !packed_.defined() || stamp_ != WeightStamp(weight);
}

at::Tensor PackedWeight::derived(const at::Tensor& weight) const {
  return (derive_ == nullptr ? weight : derive_(weight)).contiguous();
}

void PackedWeight::keep(const at::Tensor& weight, at::Tensor packed) {
  packed_ = std::move(packed);
  stamp_ = WeightStamp(weight);
  release_pages(weight);
}

at::Tensor PackedWeight::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!packable(x, weight)) return {};
  const auto& operators = Operators::get();
  if (stale(weight)) {
    keep(weight, operators.reorder_linear->call(derived(weight), x.numel() / x.size(-1)));
  }
  return operators.linear->call(x, packed_, optional(bias), "none", Scalars(), std::nullopt);
}

at::Tensor PackedWeight::convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                     int64_t stride, int64_t padding) {
  if (!packable(x, weight)) return {};
  const std::vector<int64_t> paddings{padding, padding}, strides{stride, stride}, ones{1, 1};
  if (stale(weight)) {
    keep(weight, at::mkldnn_reorder_conv2d_weight(derived(weight).to_mkldnn(), paddings, strides, ones, 1,
                                                  x.sizes()));
  }
  return Operators::get().convolution->call(x, packed_, optional(bias), paddings, strides, ones, 1, "none",
                                            Scalars(), std::nullopt);
}

}  // namespace synood
