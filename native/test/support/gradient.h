#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

namespace synood::test {

inline at::Tensor as_leaf(const at::Tensor& tensor) {
  return tensor.detach().clone().set_requires_grad(true);
}

// d loss / d leaf
inline at::Tensor gradient(const at::Tensor& loss, const at::Tensor& leaf) {
  return torch::autograd::grad({loss}, {leaf})[0];
}

}  // namespace synood::test
