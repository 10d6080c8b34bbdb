#pragma once

#include <ATen/ATen.h>

#include <initializer_list>
#include <string>

#include "synood/tensor.h"

namespace synood {

// The seam between plain numbers and at::Tensor.

at::ScalarType scalar_type(ElementType type);

// Shares the caller's memory: valid for the call only.
at::Tensor borrow(const TensorView& view);

// A copy on the device; floating types become `dtype`, integers stay.
at::Tensor to_device(const TensorView& view, at::Device device, at::ScalarType dtype);

// float32 numbers on the host.
Tensor to_host(const at::Tensor& tensor);

// -1 in `expected` stands for any size. `what` names the argument: "pixels (N, 3, 224, 224)".
void expect_shape(const TensorView& view, std::initializer_list<int64_t> expected, const std::string& what);
void expect_shape(const at::Tensor& tensor, std::initializer_list<int64_t> expected, const std::string& what);
void expect_type(const TensorView& view, ElementType type, const std::string& what);

std::string shape_text(at::IntArrayRef shape);

}  // namespace synood
