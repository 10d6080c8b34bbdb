// synood_peaks <device> <dtype> <threads>: the best that LibTorch reaches on this machine, as one line of
// JSON:
//
//   {"product": operations a second, "convolution": the same, "copy": bytes read and written a second}
//
// Each is the best of several shapes and ways, at their fastest, so that no real row can be above it by much.

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "bench/measure.h"
#include "engine/device.h"
#include "synood/error.h"

namespace {

using synood::parse_device;
using synood::parse_dtype;

// work / the fastest of some runs, in operations a second
double rate(double work, at::Device device, const std::function<void()>& run) {
  return work / synood::bench::times(device, 0.4, run).front();
}

double product(const at::TensorOptions& options, int64_t size) {
  const auto a = at::randn({size, size}, options), b = at::randn({size, size}, options);
  auto c = at::empty({size, size}, options);
  const auto cube = static_cast<double>(size) * static_cast<double>(size) * static_cast<double>(size);
  return rate(2 * cube, options.device(), [&] { at::mm_out(c, a, b); });
}

double convolution(const at::TensorOptions& options, int64_t channels, int64_t side,
                   at::MemoryFormat format) {
  const auto x = at::randn({2, channels, side, side}, options).contiguous(format);
  const auto weight = at::randn({channels, channels, 3, 3}, options).contiguous(format);
  const auto bias = at::randn({channels}, options);
  const auto work = 2.0 * 2 * 9 * static_cast<double>(channels * channels * side * side);
  return rate(work, options.device(), [&] { at::conv2d(x, weight, bias, 1, 1); });
}

double copy(const at::TensorOptions& options) {
  const auto from = at::randn({int64_t{1} << 26}, options.dtype(at::kFloat));
  auto to = at::empty_like(from);
  return rate(2 * static_cast<double>(from.nbytes()), options.device(), [&] { to.copy_(from); });
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto given = [&](int i, const char* otherwise) {
      return std::string(i < count ? arguments[i] : otherwise);
    };
    const auto device = parse_device(given(1, "cpu"));
    const auto options = at::TensorOptions().device(device).dtype(parse_dtype(given(2, "float32"), device));
    const int threads = std::atoi(given(3, "0").c_str());
    if (threads > 0) at::set_num_threads(threads);
    const at::NoGradGuard no_grad;
    const bool cuda = device.is_cuda();
    double best_product = 0, best_convolution = 0;
    for (const int64_t size : cuda ? std::vector<int64_t>{4096, 8192} : std::vector<int64_t>{1024, 2048}) {
      best_product = std::max(best_product, product(options, size));
    }
    for (const int64_t channels : {320, 512}) {
      for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        best_convolution = std::max(best_convolution, convolution(options, channels, 64, format));
      }
    }
    std::printf("{\"product\": %.4g, \"convolution\": %.4g, \"copy\": %.4g}\n", best_product,
                best_convolution, copy(options));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "synood_peaks: %s\n", error.what());
    return 1;
  }
}
