#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace synood {

enum class ElementType { f32, f16, bf16, f64, i64, i32, u8 };

// Numbers that somebody else owns, row-major. The owner keeps them alive for the whole call.
struct TensorView {
  const void* data = nullptr;
  ElementType type = ElementType::f32;
  std::vector<int64_t> shape;

  bool empty() const { return data == nullptr; }
};

// Numbers that leave the core: float32, row-major.
struct Tensor {
  std::vector<float> data;
  std::vector<int64_t> shape;
};

struct NamedView {
  std::string name;
  TensorView view;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace synood
