#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "synood/tensor.h"

namespace synood {

// One tensor of a safetensors file. The header was parsed by the caller; the core checks every offset against
// the file's size before it maps anything.
struct WeightEntry {
  std::string name;
  ElementType type = ElementType::f32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  // absolute byte offsets in the file
  uint64_t end = 0;
};

struct WeightFile {
  std::string path;
  std::vector<WeightEntry> entries;
};

// Where a model's parameters come from: the files, or, if there are none, a fresh initialisation from the
// seed.
struct WeightSource {
  std::vector<WeightFile> files;
  uint64_t seed = 0;
};

}  // namespace synood
