#pragma once

#include <string>

namespace synood::kernels::cuda {

// How a CUDA kernel's elements are stored. Sums, statistics and samples are float32 whatever they are.
enum class Element { float32, float16, bfloat16 };

// Where a CUDA kernel runs: a device, one of its streams (a cudaStream_t), and what its elements are.
struct Launch {
  int device = 0;
  void* stream = nullptr;
  Element element = Element::float32;
};

// Whether this core has the kernels: it was built by nvcc for CUDA. Without them (kernels/absent.cpp) every
// call is an ERR_INTERNAL.
bool available();

// As the driver tells it; empty where there are no kernels or no such device.
std::string device_name(int device);

}  // namespace synood::kernels::cuda
