#include "training/data_pool.h"

#include <algorithm>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {

namespace {

const Field& field_of(const std::vector<Field>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](auto& f) { return f.name == name; });
  if (found != fields.end()) return *found;
  std::string known;
  for (const auto& field : fields) known += (known.empty() ? "" : ", ") + field.name;
  throw Error(ErrorCode::value, "This trainer reads " + known + "; it knows no '" + name + "'.");
}

void check_field(const Field& field, const at::Tensor& tensor) {
  if (tensor.dim() != field.dimensions)
    throw Error(ErrorCode::shape, "Expected " + field.name + " of " + std::to_string(field.dimensions) +
                                      " dimensions, got " + shape_text(tensor.sizes()) + ".");
  const bool integer = tensor.scalar_type() == at::kLong || tensor.scalar_type() == at::kInt;
  if (field.kind == Field::Kind::integer ? !integer : integer)
    throw Error(ErrorCode::shape, "Expected " + field.name + " to hold " +
                                      (field.kind == Field::Kind::integer ? "int64" : "float32 or uint8") +
                                      " numbers.");
}

std::pair<int64_t, int64_t> range(const at::Tensor& tensor) {
  const auto [low, high] = at::aminmax(tensor);
  return {low.item<int64_t>(), high.item<int64_t>()};
}

}  // namespace

DataPool::DataPool(const std::vector<NamedView>& data, const std::vector<Field>& fields,
                   const TensorView& order) {
  expect_shape(order, {-1, -1}, "order (steps, B)");
  expect_type(order, ElementType::i64, "order (steps, B) of int64");
  order_ = borrow(order);
  if (order_.size(1) == 0) throw Error(ErrorCode::shape, "Expected order (steps, B) with B of at least 1.");

  int64_t samples = -1;
  for (const auto& [name, view] : data) {
    if (view.empty()) continue;
    const auto& field = field_of(fields, name);
    const auto tensor = borrow(view);
    check_field(field, tensor);
    if (field.per_step) {
      if (tensor.size(0) < steps() || tensor.size(1) != batch_size())
        throw Error(ErrorCode::shape, "Expected " + name + " (steps, B, ...) to begin with " +
                                          shape_text(order_.sizes()) + ", got " + shape_text(tensor.sizes()) +
                                          ".");
    } else {
      if (samples < 0) samples = tensor.size(0);
      if (tensor.size(0) != samples)
        throw Error(ErrorCode::shape, "Expected " + name + " to hold " + std::to_string(samples) +
                                          " samples as the other data do, got " +
                                          std::to_string(tensor.size(0)) + ".");
    }
    tensors_[name] = tensor;
  }
  for (const auto& field : fields)
    if (field.required && !has(field.name))
      throw Error(ErrorCode::value, "Expected '" + field.name + "' among the data, got none.");
  if (order_.numel() == 0) return;
  const auto [low, high] = range(order_);
  if (low < 0 || high >= samples)
    throw Error(ErrorCode::value, "Expected order to name samples 0 to " + std::to_string(samples - 1) +
                                      ", got " + std::to_string(low < 0 ? low : high) + ".");
}

const at::Tensor& DataPool::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw Error(ErrorCode::value, "Expected '" + name + "' among the data.");
  return found->second;
}

void DataPool::expect_sizes(const std::string& name, at::IntArrayRef sizes) const {
  const auto& tensor = at(name);
  bool same = tensor.dim() == static_cast<int64_t>(sizes.size());
  for (size_t i = 0; same && i < sizes.size(); ++i)
    same = sizes[i] < 0 || tensor.size(static_cast<int64_t>(i)) == sizes[i];
  if (!same)
    throw Error(ErrorCode::shape, "Expected " + name + " " + shape_text(sizes) +
                                      ", where -1 is any size, got " + shape_text(tensor.sizes()) + ".");
}

void DataPool::expect_below(const std::string& name, int64_t bound) const {
  const auto& tensor = at(name);
  if (tensor.numel() == 0) return;
  const auto [low, high] = range(tensor);
  if (low < 0 || high >= bound)
    throw Error(ErrorCode::value, "Expected " + name + " in 0 to " + std::to_string(bound - 1) + ", got " +
                                      std::to_string(low < 0 ? low : high) + ".");
}

at::Tensor Batch::to_device(const at::Tensor& tensor) const {
  const auto type = at::isIntegralType(tensor.scalar_type(), false) ? tensor.scalar_type() : at::kFloat;
  return tensor.to(at::TensorOptions().device(runtime_.device).dtype(type));
}

at::Tensor Batch::gather(const std::string& name) const {
  const auto rows = to_device(pool_.at(name).index_select(0, samples_));
  if (rows.scalar_type() == at::kByte) return rows.to(at::kFloat);
  return rows.is_floating_point() ? rows : rows.to(at::kLong);
}

at::Tensor Batch::pixels(const std::string& name, const std::vector<double>& mean,
                         const std::vector<double>& std) const {
  auto pixels = gather(name);
  if (pool_.at(name).scalar_type() != at::kByte) return pixels;
  const auto channels = [&](const std::vector<double>& values) {
    return at::tensor(values, pixels.options()).view({1, -1, 1, 1});
  };
  return pixels.div_(255).sub_(channels(mean)).div_(channels(std));
}

at::Tensor Batch::given(const std::string& name) const { return to_device(pool_.at(name)[row_]); }

SampleRandom Batch::random(int64_t place) const {
  return SampleRandom(derive_seed(step_seed_, static_cast<uint64_t>(place)));
}

}  // namespace synood
