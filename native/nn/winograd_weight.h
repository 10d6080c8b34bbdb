#pragma once

#include <ATen/ATen.h>

#include "kernels/winograd.h"
#include "nn/weight_stamp.h"

namespace synood {

// A frozen float32 weight of a 3x3 convolution on the CPU in the layout of kernels/winograd.h, made when it
// is first used and again after the weight was written. It takes the weight's place in memory, as a
// PackedWeight does.
class WinogradWeight {
 public:
  // What is packed in the weight's place; by default the weight itself.
  using Derive = at::Tensor (*)(const at::Tensor& weight);
  explicit WinogradWeight(Derive derive = nullptr) : derive_(derive) {}

  // Of stride 1 and padding 1: x (N, in, H, W), weight (out, in, 3, 3) or what is derived from it, bias (out)
  // or undefined -> (N, out, H', W'), channels-last
  at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         kernels::Resampling resampling);

 private:
  Derive derive_;
  at::Tensor packed_;
  int64_t in_ = 0, out_ = 0;
  WeightStamp stamp_;

  void pack(const at::Tensor& weight);
};

// Whether a convolution of a (height, width) map is faster so, and its way back as well. Sizes of the map
// decide and not the batch, so that a sample's bits are the same in every batch. Below 6x6 too little of the
// work is products.
bool winograd_pays(const at::Tensor& weight, int64_t height, int64_t width);

}  // namespace synood
