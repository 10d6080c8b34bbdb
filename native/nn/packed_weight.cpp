#include "nn/packed_weight.h"

#include <utility>
#include <vector>

#include "nn/packed_operators.h"
#include "weights/mapped_tensor.h"

namespace synood {

using packed::Operators;
using packed::OptionalTensor;
using packed::Scalars;

namespace {

// Below this the call's own overhead is larger than what is gained.
constexpr int64_t kSmallWeight = 1 << 15;

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
