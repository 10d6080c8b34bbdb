#pragma once

#include <ATen/ATen.h>

#include <mutex>

#include "kernels/winograd.h"
#include "nn/weight_stamp.h"

namespace synood {

// A frozen float32 weight of a 3x3 convolution on the CPU in the layout of kernels/winograd.h, made when it
// is first used and again after the weight was written. It takes the weight's place in memory, as a
// PackedWeight does.
class WinogradWeight {
 public:
  // Of stride 1 and padding 1: x (N, in, H, W), weight (out, in, 3, 3), bias (out) or undefined -> (N, out,
  // H', W'), channels-last
  at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                         kernels::Resampling resampling);
  // The way back of a convolution without resampling, or of one over a repeated map (`sum`): the gradient of
  // its result (N, out, H', W') -> that of x (N, in, H, W), channels-last
  at::Tensor gradient(const at::Tensor& of_result, const at::Tensor& weight, kernels::Resampling resampling);

 private:
  std::mutex packing_;  // guards what follows
  at::Tensor packed_;
  WeightStamp stamp_;

  at::Tensor packed(const at::Tensor& weight);
  at::Tensor computed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      kernels::Resampling resampling, kernels::Direction direction);
};

// Whether a convolution of a (height, width) map is faster so, and its way back as well. Sizes of the map
// decide and not the batch, so that a sample's bits are the same in every batch. Below 6x6 too little of the
// work is products.
bool winograd_pays(const at::Tensor& weight, int64_t height, int64_t width);

}  // namespace synood
