#pragma once

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include "kernels/launch.h"

namespace synood {

// Whether the kernels of kernels/*.cu can compute with a tensor: it lies on a CUDA device, in a type that
// they know, and this core has them. Its memory's order is the caller's to check.
bool has_cuda_kernels(const at::Tensor& x);

// The launch of a kernel on x's device, in LibTorch's current stream there, on elements of x's type. The
// device is the current one for as long as this lives.
class CudaLaunch {
 public:
  explicit CudaLaunch(const at::Tensor& x);
  operator const kernels::cuda::Launch&() const { return launch_; }

 private:
  c10::DeviceGuard guard_;
  kernels::cuda::Launch launch_;
};

}  // namespace synood
