#include "training/data_pool.h"

#include <algorithm>
#include <cmath>

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

void DataPool::expect_between(const std::string& name, int64_t lowest, int64_t bound) const {
  const auto& tensor = at(name);
  if (tensor.numel() == 0) return;
  const auto [low, high] = range(tensor);
  if (low < lowest || high >= bound)
    throw Error(ErrorCode::value, "Expected " + name + " in " + std::to_string(lowest) + " to " +
                                      std::to_string(bound - 1) + ", got " +
                                      std::to_string(low < lowest ? low : high) + ".");
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

void Batch::gather_into(const std::string& name, at::Tensor& rows) const {
  at::index_select_out(rows, pool_.at(name), 0, samples_);
}

at::Tensor Batch::pixels(const std::string& name, const TrainerOptions& options) const {
  auto pixels = gather(name);
  if (pool_.at(name).scalar_type() != at::kByte) return pixels;
  pixels.div_(255);
  const auto& change = options.augmentation;
  if (change.minimum_share < 1 || change.flip || change.jitter > 0) pixels = augmented(pixels, change);
  const auto channels = [&](const std::vector<double>& values) {
    return at::tensor(values, pixels.options()).view({1, -1, 1, 1});
  };
  return pixels.sub_(channels(options.mean)).div_(channels(options.std));
}

// Crop and flip in one resampling, as an affine map of each sample's [-1, 1] square: x -> sx x + tx with
// |sx| <= 1 and |tx| <= 1 - |sx|. Brightness multiplies, contrast spreads around the sample's own mean.
at::Tensor Batch::augmented(const at::Tensor& pixels, const Augmentation& change) const {
  const auto count = pixels.size(0);
  auto maps = at::zeros({count, 2, 3}, at::kFloat), light = at::ones({count, 2, 1, 1, 1}, at::kFloat);
  auto map = maps.accessor<float, 3>();
  auto factor = light.accessor<float, 5>();
  for (int64_t place = 0; place < count; ++place) {
    const auto draws = random(place, Purpose::augmentation).uniform({6});
    const auto draw = draws.accessor<float, 1>();
    const double side = std::sqrt(1 - draw[0] * (1 - change.minimum_share)), room = 1 - side;
    map[place][0][0] = static_cast<float>(change.flip && draw[3] < 0.5 ? -side : side);
    map[place][1][1] = static_cast<float>(side);
    map[place][0][2] = static_cast<float>((2 * draw[1] - 1) * room);
    map[place][1][2] = static_cast<float>((2 * draw[2] - 1) * room);
    factor[place][0][0][0][0] = static_cast<float>(1 + (2 * draw[4] - 1) * change.jitter);
    factor[place][1][0][0][0] = static_cast<float>(1 + (2 * draw[5] - 1) * change.jitter);
  }
  const auto grid = at::affine_grid_generator(maps.to(pixels.device()), pixels.sizes(), false);
  auto changed = at::grid_sampler(pixels, grid, /*bilinear*/ 0, /*border*/ 1, /*align_corners=*/false);
  if (change.jitter == 0) return changed;
  const auto factors = light.to(pixels.device());
  changed = changed * factors.select(1, 0);
  const auto mean = changed.mean({1, 2, 3}, /*keepdim=*/true);
  return ((changed - mean) * factors.select(1, 1) + mean).clamp_(0, 1);
}

at::Tensor Batch::caption(const std::string& name, const std::string& counts) const {
  const auto rows = gather(name);
  const auto most = rows.size(1);
  auto chosen = at::empty({size()}, at::kLong);
  for (int64_t place = 0; place < size(); ++place) {
    const auto count = counts.empty() || !has(counts)
                           ? most
                           : pool_.at(counts)[samples_[place].item<int64_t>()].item<int64_t>();
    chosen[place] = random(place, Purpose::caption).integer(count);
  }
  return rows.index({at::arange(size(), at::kLong).to(rows.device()), chosen.to(rows.device())});
}

at::Tensor Batch::given(const std::string& name) const {
  return to_device(pool_.at(name)[row_].narrow(0, first_, size()));
}

SampleRandom Batch::random(int64_t place, Purpose purpose) const {
  const auto index = static_cast<uint64_t>(first_ + place);
  return SampleRandom(derive_seed(step_seed_, (static_cast<uint64_t>(purpose) << 32) + index));
}

}  // namespace synood
