#include "detection/arguments.h"

#include <cmath>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {

bool Arguments::has(const std::string& name) const {
  for (const auto& entry : call_.tensors)
    if (entry.name == name) return true;
  return false;
}

std::string Arguments::text(const std::string& name, const std::string& expected) const {
  return call_.operation + ": expected " + name + " to be " + expected;
}

const TensorView& Arguments::view(const std::string& name) const {
  for (const auto& entry : call_.tensors)
    if (entry.name == name) return entry.view;
  throw Error(ErrorCode::value, text(name, "given, got none."));
}

at::Tensor Arguments::matrix(const std::string& name, int64_t width) const {
  const auto& given = view(name);
  const auto what = call_.operation + ": " + name + " (N, " + (width < 0 ? "D" : std::to_string(width)) + ")";
  expect_shape(given, {-1, width}, what);
  if (given.shape[0] < 1 || given.shape[1] < 1)
    throw Error(ErrorCode::shape, "Expected " + what + " with at least one row.");
  return to_device(given, device_, at::kFloat);
}

at::Tensor Arguments::vector(const std::string& name, int64_t length) const {
  expect_shape(view(name), {length}, call_.operation + ": " + name);
  return to_device(view(name), device_, at::kFloat);
}

at::Tensor Arguments::labels(const std::string& name, int64_t count, int64_t classes) const {
  expect_shape(view(name), {count}, call_.operation + ": " + name);
  expect_type(view(name), ElementType::i64, call_.operation + ": " + name + " of int64");
  const auto labels = borrow(view(name)).clone();
  if (labels.lt(0).any().item<bool>() || labels.ge(classes).any().item<bool>())
    throw Error(ErrorCode::value, text(name, "classes from 0 to " + std::to_string(classes - 1) + "."));
  return labels;
}

double Arguments::number(const std::string& name) const {
  const auto found = call_.numbers.find(name);
  if (found == call_.numbers.end()) throw Error(ErrorCode::value, text(name, "given, got none."));
  return found->second;
}

double Arguments::number(const std::string& name, double otherwise) const {
  const auto found = call_.numbers.find(name);
  return found == call_.numbers.end() ? otherwise : found->second;
}

double Arguments::positive(const std::string& name) const {
  const double value = number(name);
  if (!(value > 0)) throw Error(ErrorCode::value, text(name, "above 0, got " + std::to_string(value) + "."));
  return value;
}

int64_t Arguments::count(const std::string& name) const {
  const double value = number(name);
  if (!(value >= 1) || value != std::floor(value))
    throw Error(ErrorCode::value,
                text(name, "a whole number of at least 1, got " + std::to_string(value) + "."));
  return static_cast<int64_t>(value);
}

uint64_t Arguments::seed() const { return static_cast<uint64_t>(number("seed", 0)); }

std::string Arguments::word(const std::string& name) const {
  const auto found = call_.words.find(name);
  if (found == call_.words.end()) throw Error(ErrorCode::value, text(name, "given, got none."));
  return found->second;
}

}  // namespace synood
