#pragma once

#include <ATen/ATen.h>

#include "engine/cuda_launch.h"

namespace synood {

// Whether the kernels of kernels/*.cpp can compute with a tensor: float32 in the host's memory, whose order
// is the caller's to check.
inline bool has_cpu_kernels(const at::Tensor& x) { return x.is_cpu() && x.scalar_type() == at::kFloat; }

// The same of either kind, on the device where x lies.
inline bool has_kernels(const at::Tensor& x) { return has_cpu_kernels(x) || has_cuda_kernels(x); }

}  // namespace synood
