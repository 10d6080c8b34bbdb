// synood_convolutions <threads>: the 3x3 convolutions of Stable Diffusion 2's models at 256x256, float32 on
// the CPU, by oneDNN with packed weights and by Winograd's method. One line of JSON a layer, in operations of
// the architecture:
//
//   {"layer": "batch x in x height x width -> out", "direct": GFLOP/s, "winograd": GFLOP/s}

#include <ATen/Parallel.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "bench/measure.h"
#include "engine/cpu_cache.h"
#include "nn/packed_weight.h"
#include "nn/winograd_weight.h"

namespace {

using namespace synood;

struct Layer {
  int64_t batch, in, out, side;
};

constexpr std::array kLayers{Layer{2, 320, 320, 32},  Layer{2, 640, 640, 16}, Layer{2, 1280, 1280, 8},
                             Layer{2, 1280, 1280, 4}, Layer{1, 512, 512, 4},  Layer{1, 512, 512, 64},
                             Layer{1, 256, 256, 128}, Layer{1, 128, 128, 256}};

double gflops(const Layer& layer, const std::function<void()>& run) {
  const auto seconds = bench::times(at::kCPU, 2, run);
  const auto products = layer.batch * layer.side * layer.side * 9 * layer.in * layer.out;
  return 2e-9 * static_cast<double>(products) / seconds[seconds.size() / 2];
}

void measure(const Layer& layer) {
  const auto x =
      at::randn({layer.batch, layer.in, layer.side, layer.side}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto weight = at::randn({layer.out, layer.in, 3, 3}), bias = at::randn({layer.out});
  PackedWeight packed;
  WinogradWeight tiles;
  const auto direct = gflops(layer, [&] { packed.convolution(x, weight, bias, 1, 1); });
  const auto winograd = gflops(layer, [&] { tiles.convolution(x, weight, bias, kernels::Resampling::none); });
  std::printf("{\"layer\": \"%lldx%lldx%lldx%lld -> %lld\", \"direct\": %.0f, \"winograd\": %.0f}\n",
              static_cast<long long>(layer.batch), static_cast<long long>(layer.in),
              static_cast<long long>(layer.side), static_cast<long long>(layer.side),
              static_cast<long long>(layer.out), direct, winograd);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** arguments) {
  use_cpu_cache();
  if (const int threads = count > 1 ? std::atoi(arguments[1]) : 0; threads > 0) at::set_num_threads(threads);
  const at::NoGradGuard no_grad;
  for (const auto& layer : kLayers) measure(layer);
}
