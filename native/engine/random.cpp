#include "engine/random.h"

#include <ATen/CPUGeneratorImpl.h>

namespace synood {

SampleRandom::SampleRandom(uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

at::Tensor SampleRandom::normal(at::IntArrayRef shape) { return at::randn(shape, generator_, at::kFloat); }

at::Tensor SampleRandom::uniform(at::IntArrayRef shape) { return at::rand(shape, generator_, at::kFloat); }

int64_t SampleRandom::integer(int64_t below) {
  return at::randint(below, {1}, generator_, at::kLong).item<int64_t>();
}

uint64_t derive_seed(uint64_t seed, uint64_t counter) {
  uint64_t z = seed + 0x9e3779b97f4a7c15ULL * (counter + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace synood
