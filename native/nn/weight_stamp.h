#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace synood {

// Tells whether a weight is still the one, and as it was, that something was made from.
class WeightStamp {
 public:
  WeightStamp() = default;
  explicit WeightStamp(const at::Tensor& weight)
      : data_(weight.const_data_ptr()), version_(weight._version()) {}

  bool operator==(const WeightStamp&) const = default;

 private:
  const void* data_ = nullptr;
  uint32_t version_ = 0;
};

}  // namespace synood
