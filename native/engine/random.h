#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace synood {

// A sample's own stream of random numbers: the same whatever the batch, its neighbours and the device. Drawn
// on the CPU, then copied, as diffusers does with CPU generators.
class SampleRandom {
 public:
  explicit SampleRandom(uint64_t seed);
  at::Tensor normal(at::IntArrayRef shape);   // float32, CPU
  at::Tensor uniform(at::IntArrayRef shape);  // [0, 1), float32, CPU
  int64_t integer(int64_t below);

 private:
  at::Generator generator_;
};

// A well mixed seed from a seed and a counter (splitmix64).
uint64_t derive_seed(uint64_t seed, uint64_t counter);

}  // namespace synood
