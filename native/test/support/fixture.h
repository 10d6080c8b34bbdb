#pragma once

// Reads test/fixtures: model folders as save_pretrained writes them, and golden.safetensors beside them.
// Header only, for tests: the core itself never parses JSON.

#include <ATen/ATen.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "engine/convert.h"
#include "synood/specs.h"
#include "synood/weights.h"

namespace synood::test {

inline std::filesystem::path fixture_root() {
  if (const char* root = std::getenv("SYNOOD_FIXTURES")) return root;
  return std::filesystem::path(__FILE__).parent_path() / "../../../test/fixtures";
}

inline ElementType element_type(const std::string& dtype) {
  static const std::map<std::string, ElementType> types{
      {"F32", ElementType::f32}, {"F16", ElementType::f16}, {"BF16", ElementType::bf16},
      {"F64", ElementType::f64}, {"I64", ElementType::i64}, {"I32", ElementType::i32},
      {"U8", ElementType::u8}};
  return types.at(dtype);
}

inline nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("No fixture " + path.string());
  return nlohmann::json::parse(stream);
}

inline WeightFile weight_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  uint64_t size = 0;
  if (!stream.read(reinterpret_cast<char*>(&size), sizeof(size))) {
    throw std::runtime_error("No fixture " + path.string());
  }
  std::string header(size, ' ');
  stream.read(header.data(), static_cast<std::streamsize>(size));
  WeightFile file{path.string(), {}};
  const auto parsed = nlohmann::json::parse(header);  // items() borrows it
  for (const auto& [name, value] : parsed.items()) {
    if (name == "__metadata__") continue;
    const auto& offsets = value.at("data_offsets");
    file.entries.push_back({name, element_type(value.at("dtype")),
                            value.at("shape").get<std::vector<int64_t>>(),
                            8 + size + offsets[0].get<uint64_t>(), 8 + size + offsets[1].get<uint64_t>()});
  }
  return file;
}

// Every tensor of a safetensors file, on the CPU in its own type.
inline std::map<std::string, at::Tensor> read_safetensors(const std::filesystem::path& path) {
  const auto file = weight_file(path);
  std::ifstream stream(path, std::ios::binary);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& entry : file.entries) {
    auto tensor = at::empty(entry.shape, at::TensorOptions().dtype(scalar_type(entry.type)));
    stream.seekg(static_cast<std::streamoff>(entry.begin));
    stream.read(static_cast<char*>(tensor.data_ptr()), static_cast<std::streamsize>(entry.end - entry.begin));
    tensors.emplace(entry.name, tensor);
  }
  return tensors;
}

// One folder below test/fixtures: Fixture::open("clip/gelu").tensor("pixel_values").
class Fixture {
 public:
  static Fixture open(const std::string& folder) { return Fixture(fixture_root() / folder); }

  const at::Tensor& tensor(const std::string& name) const {
    const auto place = golden_.find(name);
    if (place == golden_.end()) throw std::runtime_error(folder_.string() + " has no golden tensor " + name);
    return place->second;
  }
  bool has(const std::string& name) const { return golden_.count(name) > 0; }
  nlohmann::json json(const std::string& file) const { return read_json(folder_ / file); }
  nlohmann::json config() const { return json("config.json"); }
  nlohmann::json parameters() const { return json("golden.json").at("parameters"); }
  const std::filesystem::path& folder() const { return folder_; }
  // `stem`: "model" (transformers) or "diffusion_pytorch_model" (diffusers)
  WeightSource weight_source(const std::string& stem) const {
    return {{weight_file(folder_ / (stem + ".safetensors"))}, 0};
  }

 private:
  explicit Fixture(std::filesystem::path folder) : folder_(std::move(folder)) {
    const auto golden = folder_ / "golden.safetensors";
    if (std::filesystem::exists(golden)) golden_ = read_safetensors(golden);
  }

  std::filesystem::path folder_;
  std::map<std::string, at::Tensor> golden_;
};

// A view of a tensor, which must outlive it and be contiguous.
inline TensorView view(const at::Tensor& tensor) {
  static const std::map<at::ScalarType, ElementType> types{
      {at::kFloat, ElementType::f32}, {at::kLong, ElementType::i64}, {at::kInt, ElementType::i32},
      {at::kByte, ElementType::u8},   {at::kHalf, ElementType::f16}, {at::kDouble, ElementType::f64}};
  if (!tensor.is_contiguous()) throw std::runtime_error("view() of a tensor that is not contiguous");
  return {tensor.const_data_ptr(), types.at(tensor.scalar_type()), tensor.sizes().vec()};
}

inline at::Tensor as_tensor(const Tensor& tensor) {
  return at::tensor(at::ArrayRef<float>(tensor.data)).view(tensor.shape);
}

// The largest absolute difference, infinite if shapes differ or a value is not finite.
inline double difference(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return std::numeric_limits<double>::infinity();
  const auto largest = (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
  return std::isnan(largest) ? std::numeric_limits<double>::infinity() : largest;
}

// The largest absolute difference over the largest absolute value of what is expected.
inline double relative_difference(const at::Tensor& a, const at::Tensor& expected) {
  return difference(a, expected) / expected.abs().max().item<double>();
}

}  // namespace synood::test
