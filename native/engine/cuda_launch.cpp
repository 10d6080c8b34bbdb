#include "engine/cuda_launch.h"

#include <c10/core/impl/VirtualGuardImpl.h>

namespace synood {
namespace {

using kernels::cuda::Element;

Element element_of(at::ScalarType type) {
  if (type == at::kHalf) return Element::float16;
  return type == at::kBFloat16 ? Element::bfloat16 : Element::float32;
}

}  // namespace

bool has_cuda_kernels(const at::Tensor& x) {
  if (!x.is_cuda() || !kernels::cuda::available()) return false;
  const auto type = x.scalar_type();
  return type == at::kFloat || type == at::kHalf || type == at::kBFloat16;
}

// LibTorch's device-independent interface: no header of CUDA is needed here.
CudaLaunch::CudaLaunch(const at::Tensor& x) : guard_(x.device()) {
  const c10::impl::VirtualGuardImpl devices(c10::DeviceType::CUDA);
  launch_.device = x.device().index();
  launch_.stream = devices.getStream(x.device()).native_handle();
  launch_.element = element_of(x.scalar_type());
}

}  // namespace synood
