#include "nn/packed_weight.h"

#include <vector>

#include "engine/has_kernels.h"
#include "nn/packed_operators.h"
#include "weights/mapped_tensor.h"

namespace synood {

using packed::Operators;
using packed::OptionalTensor;
using packed::Scalars;

namespace {

// Below this the call's own overhead is larger than what is gained.
constexpr int64_t kSmallWeight = 1 << 15;

// Rows of x that a product's weight is packed for, whatever x comes first: oneDNN has a layout of its own
// for a single row, whose products are summed up in another order and which is slower for all others.
constexpr int64_t kRows = 256;

OptionalTensor optional(const at::Tensor& tensor) {
  return tensor.defined() ? OptionalTensor(tensor) : std::nullopt;
}

bool packable(const at::Tensor& x, const at::Tensor& weight) {
  return has_cpu_kernels(x) && x.numel() > 0 && worth_packing(weight);
}

}  // namespace

bool worth_packing(const at::Tensor& weight) {
  return has_cpu_kernels(weight) && !weight.requires_grad() && weight.numel() >= kSmallWeight &&
         Operators::get().all();
}

template <typename Pack>
at::Tensor PackedWeight::packed(const at::Tensor& weight, Pack pack) {
  const std::lock_guard lock(packing_);
  if (!packed_.defined() || stamp_ != WeightStamp(weight)) {
    packed_ = pack((derive_ == nullptr ? weight : derive_(weight)).contiguous());
    stamp_ = WeightStamp(weight);
    release_pages(weight);
  }
  return packed_;
}

at::Tensor PackedWeight::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  if (!packable(x, weight)) return {};
  const auto& operators = Operators::get();
  const auto w =
      packed(weight, [&](const at::Tensor& plain) { return operators.reorder_linear->call(plain, kRows); });
  return operators.linear->call(x, w, optional(bias), "none", Scalars(), std::nullopt);
}

at::Tensor PackedWeight::convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                     int64_t stride, int64_t padding) {
  if (!packable(x, weight)) return {};
  const std::vector<int64_t> paddings{padding, padding}, strides{stride, stride}, ones{1, 1};
  const auto w = packed(weight, [&](const at::Tensor& plain) {
    return at::mkldnn_reorder_conv2d_weight(plain.to_mkldnn(), paddings, strides, ones, 1, x.sizes());
  });
  return Operators::get().convolution->call(x, w, optional(bias), paddings, strides, ones, 1, "none",
                                            Scalars(), std::nullopt);
}

}  // namespace synood
