#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "synood/detection.h"

namespace synood {

using NamedResults = std::vector<std::pair<std::string, at::Tensor>>;

// What a call brought, checked as it is asked for: an error names the operation and the argument.
class Arguments {
 public:
  Arguments(const DetectionCall& call, at::Device device) : call_(call), device_(device) {}

  at::Device device() const { return device_; }
  bool has(const std::string& name) const;
  // (N, width) float32 on the device, with at least one row; -1 stands for any width
  at::Tensor matrix(const std::string& name, int64_t width = -1) const;
  at::Tensor vector(const std::string& name, int64_t length = -1) const;
  // (count) int64 on the host, each in [0, classes)
  at::Tensor labels(const std::string& name, int64_t count, int64_t classes) const;

  double number(const std::string& name) const;
  double number(const std::string& name, double otherwise) const;
  double positive(const std::string& name) const;  // above 0
  int64_t count(const std::string& name) const;    // a whole number of at least 1
  uint64_t seed() const;                           // the number "seed", 0 without it
  std::string word(const std::string& name) const;

 private:
  const TensorView& view(const std::string& name) const;
  std::string text(const std::string& name, const std::string& expected) const;

  const DetectionCall& call_;
  at::Device device_;
};

}  // namespace synood
