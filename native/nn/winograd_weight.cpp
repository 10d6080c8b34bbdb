#include "nn/winograd_weight.h"

#include <ATen/Parallel.h>

#include "weights/mapped_tensor.h"

namespace synood {
namespace {

constexpr int64_t kFewPositions = 36;

}  // namespace

bool winograd_pays(const at::Tensor& weight, int64_t height, int64_t width) {
  return weight.dim() == 4 && weight.size(2) == 3 && weight.size(3) == 3 && height * width >= kFewPositions &&
         kernels::winograd_fits(weight.size(1), weight.size(0));
}

at::Tensor WinogradWeight::packed(const at::Tensor& weight) {
  const std::lock_guard lock(packing_);
  if (!packed_.defined() || stamp_ != WeightStamp(weight)) {
    const auto taps = weight.contiguous();
    packed_ = at::empty({taps.numel()}, taps.options());
    kernels::winograd_pack(taps.const_data_ptr<float>(), packed_.data_ptr<float>(), taps.size(1),
                           taps.size(0));
    stamp_ = WeightStamp(weight);
    release_pages(weight);
  }
  return packed_;
}

at::Tensor WinogradWeight::convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                       kernels::Resampling resampling) {
  return computed(x, weight, bias, resampling, kernels::Direction::forward);
}

at::Tensor WinogradWeight::gradient(const at::Tensor& of_result, const at::Tensor& weight,
                                    kernels::Resampling resampling) {
  return computed(of_result, weight, {}, resampling, kernels::Direction::back);
}

at::Tensor WinogradWeight::computed(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                    kernels::Resampling resampling, kernels::Direction direction) {
  const auto taps = packed(weight);
  const bool forward = direction == kernels::Direction::forward;
  const auto in = weight.size(forward ? 1 : 0), out = weight.size(forward ? 0 : 1);
  const auto maps = x.contiguous(at::MemoryFormat::ChannelsLast);
  const bool repeats = resampling == kernels::Resampling::repeat,
             sums = resampling == kernels::Resampling::sum;
  const auto height = x.size(2) * (repeats ? 2 : 1), width = x.size(3) * (repeats ? 2 : 1);
  const auto y = at::empty({x.size(0), out, sums ? height / 2 : height, sums ? width / 2 : width},
                           x.options(), at::MemoryFormat::ChannelsLast);
  const kernels::WinogradShape shape{x.size(0), height, width, in, out};
  const auto threads = static_cast<int64_t>(at::get_num_threads());
  const auto workspace = at::empty({kernels::winograd_workspace(shape, threads)}, x.options());
  const auto offset = bias.defined() ? bias.contiguous() : at::Tensor();
  kernels::winograd_convolution(maps.const_data_ptr<float>(), taps.const_data_ptr<float>(),
                                offset.defined() ? offset.const_data_ptr<float>() : nullptr,
                                y.data_ptr<float>(), workspace.data_ptr<float>(), shape, resampling,
                                direction, threads);
  return y;
}

}  // namespace synood
