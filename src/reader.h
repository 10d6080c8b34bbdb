#pragma once

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "synood/tensor.h"

// Reads a plain JS object into a struct: an absent or undefined key leaves the struct's default. Arguments
// were validated in TypeScript; a wrong type here is a bug of the binding and says so.
class Reader {
 public:
  explicit Reader(const Napi::Value& value);

  bool has(const char* key) const;
  Napi::Value at(const char* key) const;

  void get(const char* key, bool& out) const;
  void get(const char* key, int64_t& out) const;
  void get(const char* key, uint64_t& out) const;  // a number or a BigInt
  void get(const char* key, double& out) const;
  void get(const char* key, std::string& out) const;
  void get(const char* key, synood::TensorView& out) const;

  template <typename T>
  void get(const char* key, std::vector<T>& out) const {
    if (!has(key)) return;
    const auto array = array_at(key);
    out.clear();
    for (uint32_t i = 0; i < array.Length(); ++i) out.push_back(element<T>(key, array.Get(i)));
  }

 private:
  template <typename T>
  T element(const char* key, const Napi::Value& value) const;
  Napi::Array array_at(const char* key) const;
  [[noreturn]] void wrong(const char* key, const char* expected) const;

  Napi::Object object_;
};

template <>
int64_t Reader::element<int64_t>(const char* key, const Napi::Value& value) const;
template <>
uint64_t Reader::element<uint64_t>(const char* key, const Napi::Value& value) const;
template <>
double Reader::element<double>(const char* key, const Napi::Value& value) const;
template <>
std::string Reader::element<std::string>(const char* key, const Napi::Value& value) const;

// {data: TypedArray, shape: number[]}; the memory stays the caller's.
synood::TensorView read_tensor(const Napi::Value& value);
uint64_t read_unsigned(const Napi::Value& value);
// [{name, tensor}, ...]
std::vector<synood::NamedView> read_named_tensors(const Napi::Value& value);
