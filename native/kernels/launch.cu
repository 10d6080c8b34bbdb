#include "kernels/launch.cuh"

namespace synood::kernels::cuda {

bool available() { return true; }

std::string device_name(int device) {
  cudaDeviceProp properties;
  if (cudaGetDeviceProperties(&properties, device) == cudaSuccess) return properties.name;
  cudaGetLastError();  // or the next launch would report it
  return {};
}

}  // namespace synood::kernels::cuda
