#include "weights/parameters.h"

#include <cmath>

#include "engine/convert.h"
#include "engine/random.h"
#include "synood/error.h"
#include "weights/mapped_tensor.h"
#include "weights/weight_files.h"

namespace synood {
namespace {

// FNV-1a, 64 bits: stable over platforms and versions, which std::hash is not.
uint64_t name_hash(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const unsigned char c : name) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

at::Tensor draw(uint64_t seed, const std::string& name, at::IntArrayRef shape, Init init) {
  switch (init.kind) {
    case Init::Kind::zeros:
      return at::zeros(shape, at::kFloat);
    case Init::Kind::ones:
      return at::ones(shape, at::kFloat);
    case Init::Kind::constant:
      return at::full(shape, init.scale, at::kFloat);
    case Init::Kind::normal:
      return SampleRandom(derive_seed(seed, name_hash(name))).normal(shape).mul_(init.scale);
    case Init::Kind::uniform:
      return SampleRandom(derive_seed(seed, name_hash(name)))
          .uniform(shape)
          .mul_(2 * init.scale)
          .sub_(init.scale);
  }
  throw Error(ErrorCode::internal, "Unknown initialisation of '" + name + "'.");
}

int64_t bytes_of(const std::vector<std::pair<std::string, at::Tensor>>& tensors) {
  int64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += static_cast<int64_t>(tensor.nbytes());
  return bytes;
}

}  // namespace

Init Init::fan_in(int64_t fan_in) { return uniform(1 / std::sqrt(static_cast<double>(fan_in))); }

struct ParameterStore::Files {
  WeightFiles weights;
};

ParameterStore::ParameterStore(const WeightSource& source, Runtime runtime)
    : runtime_(runtime), seed_(source.seed) {
  if (!source.files.empty()) files_ = std::make_unique<Files>(Files{WeightFiles(source.files)});
}

ParameterStore::~ParameterStore() = default;

void ParameterStore::rename(const std::string& from, const std::string& to) {
  if (files_) files_->weights.rename(from, to);
}

void ParameterStore::split_rows(const std::string& name, const std::vector<std::string>& parts) {
  if (files_) files_->weights.split_rows(name, parts);
}

void ParameterStore::transpose(const std::string& name) {
  if (files_) files_->weights.transpose(name);
}

void ParameterStore::ignore(const std::string& name) {
  if (files_) files_->weights.ignore(name);
}

std::vector<std::string> ParameterStore::names() const {
  return files_ ? files_->weights.names() : std::vector<std::string>();
}

void ParameterStore::finish() {
  if (!files_) return;
  files_->weights.expect_all_read();
  files_.reset();
}

int64_t ParameterStore::bytes() const { return bytes_of(parameters_) + bytes_of(buffers_); }

std::vector<NamedTensor> ParameterStore::state() const {
  std::vector<NamedTensor> state;
  for (const auto* tensors : {&parameters_, &buffers_}) {
    for (const auto& [name, tensor] : *tensors) state.push_back({name, to_host(tensor)});
  }
  return state;
}

at::Tensor ParameterStore::take(const std::string& name, at::IntArrayRef shape, Init init,
                                at::ScalarType dtype) {
  const at::NoGradGuard no_grad;
  if (runtime_.device.is_meta() && files_) return files_->weights.shape_only(name, shape).to(dtype);
  const auto host = files_ ? files_->weights.read(name, shape) : draw(seed_, name, shape, init);
  const auto tensor = host.to(at::TensorOptions().device(runtime_.device).dtype(dtype));
  if (!tensor.is_same(host)) release_pages(host);
  return tensor;
}

bool Weights::has(const std::string& name) const {
  return store_->files_ == nullptr || store_->files_->weights.has(prefix_ + name);
}

bool Weights::fresh() const { return store_->files_ == nullptr; }

at::Tensor Weights::take(const std::string& name, at::IntArrayRef shape, Init init) const {
  const auto full = full_name(name);
  return store_->parameters_.emplace_back(full, store_->take(full, shape, init, store_->runtime_.dtype))
      .second;
}

at::Tensor Weights::take_float(const std::string& name, at::IntArrayRef shape, Init init) const {
  const auto full = full_name(name);
  const at::NoGradGuard no_grad;
  const auto tensor = has(name) ? store_->take(full, shape, init, at::kFloat)
                                : draw(store_->seed_, full, shape, init).to(store_->runtime_.device);
  return store_->parameters_.emplace_back(full, tensor).second;
}

at::Tensor Weights::take_buffer(const std::string& name, at::IntArrayRef shape, Init init) const {
  const auto full = full_name(name);
  return store_->buffers_.emplace_back(full, store_->take(full, shape, init, at::kFloat)).second;
}

}  // namespace synood
