#pragma once

#include <ATen/ATen.h>

namespace synood {

// Where and in which precision an engine computes.
struct Runtime {
  at::Device device = at::kCPU;
  at::ScalarType dtype = at::kFloat;
};

}  // namespace synood
