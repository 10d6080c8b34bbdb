#pragma once

#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace synood::bench {

// Waits for what was handed to the device.
inline void finish(at::Device device) {
  if (device.is_cuda()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

// Seconds of some runs after a first one, ascending: at least 3, as many as fit in `budget` seconds, at most
// 50.
inline std::vector<double> times(at::Device device, double budget, const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  run();
  finish(device);
  std::vector<double> seconds;
  double spent = 0;
  while (seconds.size() < 3 || (spent < budget && seconds.size() < 50)) {
    const auto begin = Clock::now();
    run();
    finish(device);
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    spent += seconds.back();
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds;
}

}  // namespace synood::bench
