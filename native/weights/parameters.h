#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime.h"
#include "synood/tensor.h"
#include "synood/weights.h"

namespace synood {

// How a parameter begins when there is no file.
struct Init {
  enum class Kind { zeros, ones, normal, uniform, constant } kind = Kind::zeros;
  double scale = 0;  // standard deviation, half-width of the interval, or the constant

  static Init zeros() { return {Kind::zeros, 0}; }
  static Init ones() { return {Kind::ones, 0}; }
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init uniform(double half_width) { return {Kind::uniform, half_width}; }
  static Init constant(double value) { return {Kind::constant, value}; }
  // PyTorch's default of Linear and Conv: uniform in +-1/sqrt(fan_in).
  static Init fan_in(int64_t fan_in);
};

class ParameterStore;

// A view of a store below a prefix, as layers take their parameters:
// weights.sub("down_blocks").sub(0).sub("resnets").
class Weights {
 public:
  Weights(ParameterStore& store, std::string prefix) : store_(&store), prefix_(std::move(prefix)) {}

  Weights sub(const std::string& name) const { return {*store_, prefix_ + name + "."}; }
  Weights sub(int64_t index) const { return sub(std::to_string(index)); }

  bool has(const std::string& name) const;  // true for every name when parameters are being initialised
  bool fresh() const;                       // parameters are being initialised
  // Of exactly this shape, on the store's device in its dtype. A missing key or another shape is an
  // ERR_MODEL_FORMAT that names file, key, both shapes.
  at::Tensor take(const std::string& name, at::IntArrayRef shape, Init init) const;
  // The same, always float32, and begun afresh where the files lack it: single numbers such as CLIP's scale,
  // which half precision would move.
  at::Tensor take_float(const std::string& name, at::IntArrayRef shape, Init init) const;
  // As take, always float32 and not trained: running statistics and the like.
  at::Tensor take_buffer(const std::string& name, at::IntArrayRef shape, Init init) const;
  std::string full_name(const std::string& name) const { return prefix_ + name; }

 private:
  ParameterStore* store_;
  std::string prefix_;
};

// The parameters of one model: mapped from safetensors files (offsets checked against the file's size first;
// float32 on the CPU stays the file's own memory) or freshly drawn from a seed (each parameter from the seed
// and its own name, so that order does not matter).
class ParameterStore {
 public:
  ParameterStore(const WeightSource& source, Runtime runtime);
  ~ParameterStore();

  Weights root() { return {*this, ""}; }
  // Accept a key's other spelling or form before layers take it: another name, several parameters in one
  // tensor (k * n, ...), a transposed matrix.
  void rename(const std::string& from, const std::string& to);
  void split_rows(const std::string& name, const std::vector<std::string>& parts);
  void transpose(const std::string& name);
  void ignore(const std::string& name);  // a key that files may carry and nobody takes, such as position_ids
  std::vector<std::string> names() const;
  // After the last take: a key that nobody took is an ERR_MODEL_FORMAT that names it.
  void finish();

  const std::vector<std::pair<std::string, at::Tensor>>& parameters() const { return parameters_; }
  const std::vector<std::pair<std::string, at::Tensor>>& buffers() const { return buffers_; }
  int64_t bytes() const;
  std::vector<NamedTensor> state() const;  // parameters and buffers on the host, under their names

 private:
  friend class Weights;
  struct Files;
  at::Tensor take(const std::string& name, at::IntArrayRef shape, Init init, at::ScalarType dtype);

  Runtime runtime_;
  uint64_t seed_;
  std::unique_ptr<Files> files_;  // null when fresh
  std::vector<std::pair<std::string, at::Tensor>> parameters_, buffers_;
};

}  // namespace synood
