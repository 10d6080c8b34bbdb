#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <mutex>

#include "nn/weight_stamp.h"

namespace synood {

// A frozen float32 weight on the CPU in the layout that oneDNN multiplies with fastest, made when it is first
// used and again after the weight was written. LibTorch's own layers rearrange a weight at every call, which
// costs more than the arithmetic where a weight is large and the picture small. A mapped weight's own pages
// are given back: the packed copy takes its place in memory.
//
// Who calls first changes no bit: the layout is the same whatever the first x was, and threads that come at
// once to a weight that is not packed yet wait for the first of them.
//
// The functions give an undefined tensor where packing is not possible or does not pay: a weight that is
// being trained, small, on another device, of another type. The caller then computes with the weight itself.
class PackedWeight {
 public:
  // What is packed in the weight's place; by default the weight itself.
  using Derive = at::Tensor (*)(const at::Tensor& weight);
  explicit PackedWeight(Derive derive = nullptr) : derive_(derive) {}

  // y = x W^T + b; x (..., in), weight (out, in)
  at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
  // x (N, in, H, W), weight (out, in, k, k)
  at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         int64_t stride, int64_t padding);

 private:
  Derive derive_;
  std::mutex packing_;  // guards what follows
  at::Tensor packed_;
  WeightStamp stamp_;

  // pack(derived weight) -> packed, called where there is none of the weight as it is now
  template <typename Pack>
  at::Tensor packed(const at::Tensor& weight, Pack pack);
};

// Whether a weight can be packed and is large enough that it pays.
bool worth_packing(const at::Tensor& weight);

}  // namespace synood
