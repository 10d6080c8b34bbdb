#include "engine/device.h"

#include <thread>

#include "kernels/launch.h"
#include "synood/error.h"

namespace synood {

bool cuda_built() {
#ifdef SYNOOD_CUDA
  return true;
#else
  return false;
#endif
}

// Through LibTorch's hooks, which need no header of CUDA's toolkit.
int64_t cuda_device_count() {
  return cuda_built() && at::globalContext().hasCUDA() ? static_cast<int64_t>(at::getNumGPUs()) : 0;
}

namespace {

std::string why_no_cuda() {
  if (!cuda_built()) {
    return "this core was built for the CPU. Point SYNOOD_LIBTORCH at a CUDA LibTorch and run: npm run "
           "build:native";
  }
  return "LibTorch sees no CUDA device (is the driver installed? is CUDA_VISIBLE_DEVICES empty?). See: "
         "synood inspect";
}

}  // namespace

at::Device parse_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  if (name == "meta") return at::kMeta;
  if (name == "auto") return cuda_device_count() > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
  if (name != "cuda" && name.rfind("cuda:", 0) != 0) {
    throw Error(ErrorCode::device,
                "Expected device 'auto', 'cpu', 'cuda', 'cuda:N' or 'meta', got '" + name + "'.");
  }
  const auto count = cuda_device_count();
  if (count == 0) throw Error(ErrorCode::device, "Device '" + name + "' was asked for, but " + why_no_cuda());
  int64_t index = 0;
  if (name != "cuda") {
    const auto digits = name.substr(5);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos) {
      throw Error(ErrorCode::device, "Expected 'cuda:N' with a number, got '" + name + "'.");
    }
    index = std::stoll(digits);
  }
  if (index >= count) {
    throw Error(ErrorCode::device, "Device '" + name + "' was asked for, but there are " +
                                       std::to_string(count) +
                                       " CUDA devices (cuda:0 to cuda:" + std::to_string(count - 1) + ").");
  }
  return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
}

at::ScalarType parse_dtype(const std::string& name, at::Device device) {
  if (name == "float32") return at::kFloat;
  if (device.is_cpu()) {
    throw Error(ErrorCode::config, "Expected dtype 'float32' on the CPU, got '" + name +
                                       "': half precision is emulated there and about 100 times slower.");
  }
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw Error(ErrorCode::config, "Expected dtype 'float32', 'bfloat16' or 'float16', got '" + name + "'.");
}

std::string device_name(at::Device device) {
  if (device.is_cuda()) {
    const auto name = kernels::cuda::device_name(device.index());
    return name.empty() ? "CUDA device " + std::to_string(device.index()) : name;
  }
  if (device.is_meta()) return "shapes only, no numbers";
  return "CPU, " + std::to_string(std::thread::hardware_concurrency()) + " hardware threads";
}

}  // namespace synood
