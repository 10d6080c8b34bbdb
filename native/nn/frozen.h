#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "nn/packed_weight.h"
#include "nn/winograd_weight.h"

namespace synood {

// What a layer with a frozen weight keeps from call to call; copies of the layer share it.
struct FrozenWeight {
  PackedWeight forward, backward;
  WinogradWeight tiles;  // in the place of both where that is faster

  FrozenWeight(PackedWeight::Derive ahead, PackedWeight::Derive back) : forward(ahead), backward(back) {}
};

std::shared_ptr<FrozenWeight> frozen_linear();
std::shared_ptr<FrozenWeight> frozen_convolution();
std::shared_ptr<FrozenWeight> frozen_upsampling();

// The products and convolutions of layers whose parameters may be frozen: with packed weights where that
// pays, forwards and on the way back to x, else LibTorch's own; 3x3 convolutions of larger maps by Winograd's
// method (kernels/winograd.h). One kernel computes the forward pass whether or not a gradient is asked for,
// so recording changes no bit. Threads may call one layer side by side.

// x (..., in), weight (out, in), bias (out) or undefined -> (..., out)
at::Tensor linear(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x, const at::Tensor& weight,
                  const at::Tensor& bias);

// x (N, in, H, W), weight (out, in, k, k), bias (out) or undefined -> (N, out, H', W')
at::Tensor convolution(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x,
                       const at::Tensor& weight, const at::Tensor& bias, int64_t stride, int64_t padding);

// A 3x3 convolution of padding 1 over x enlarged to twice its size by repetition: by Winograd's method, which
// reads x as if it were enlarged, or folded. Every result sees only 2x2 different numbers of x, so the taps
// of the kernel that meet the same number are added first: four kernels of 2x2, one for each of the four
// places in a pixel, and 4/9 of the work.
//
//   x (N, in, H, W), weight (out, in, 3, 3), bias (out) -> (N, out, 2H, 2W)
at::Tensor upsampled_convolution(const std::shared_ptr<FrozenWeight>& frozen, const at::Tensor& x,
                                 const at::Tensor& weight, const at::Tensor& bias);

}  // namespace synood
