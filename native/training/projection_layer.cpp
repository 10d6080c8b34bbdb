#include "training/projection_layer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/convert.h"
#include "engine/parallel.h"
#include "engine/random.h"
#include "synood/error.h"

namespace synood {

using kernels::ProjectedRows;

namespace {

// The rows that are computed together, by one thread. Sums over all rows are sums over blocks, in order, so
// that they have the same bits whatever the number of threads.
constexpr int64_t kRows = 8;

int64_t blocks_of(int64_t count) { return (count + kRows - 1) / kRows; }

// work(a block, its number), in parallel where it pays
template <typename Work>
void for_blocks(const ProjectedRows& rows, Work work) {
  parallel_for(0, blocks_of(rows.count), std::max<int64_t>(1, (1 << 12) / (kRows * rows.width)),
               [&](int64_t begin, int64_t end) {
                 for (auto at = begin; at < end; ++at)
                   work(rows.part(at * kRows, std::min(rows.count, (at + 1) * kRows)), at);
               });
}

void resize(at::Tensor& buffer, at::IntArrayRef shape) {
  if (!buffer.defined() || buffer.sizes() != shape) buffer = at::empty(shape, at::kFloat);
}

}  // namespace

ProjectedRows ProjectionLayer::rows_of(const at::Tensor& features) {
  return {features.size(0),
          features.size(1),
          features.const_data_ptr<float>(),
          layer_.norm_weight.const_data_ptr<float>(),
          layer_.norm_bias.const_data_ptr<float>(),
          hidden_.mutable_data_ptr<float>(),
          rows_.mutable_data_ptr<float>(),
          inverse_deviations_.mutable_data_ptr<float>(),
          inverse_norms_.mutable_data_ptr<float>()};
}

const at::Tensor& ProjectionLayer::forward(const at::Tensor& features) {
  const auto count = features.size(0), width = features.size(1);
  resize(hidden_, {count, width});
  resize(rows_, {count, width});
  resize(inverse_deviations_, {count});
  resize(inverse_norms_, {count});
  at::addmm_out(hidden_, layer_.bias, features, layer_.weight.t());
  for_blocks(rows_of(features), [](const ProjectedRows& part, int64_t) { kernels::project(part); });
  return rows_;
}

std::vector<at::Tensor> ProjectionLayer::backward(const at::Tensor& features, at::Tensor row_gradients) {
  const auto count = features.size(0), width = features.size(1);
  resize(weight_, {width, width});
  resize(sums_, {3, width});
  resize(partial_, {blocks_of(count), 3, width});
  float *gradients = row_gradients.mutable_data_ptr<float>(), *partial = partial_.mutable_data_ptr<float>();
  for_blocks(rows_of(features), [&](const ProjectedRows& part, int64_t at) {
    kernels::differentiate(part, gradients + at * kRows * width, partial + at * 3 * width);
  });
  kernels::add_rows_up(partial, blocks_of(count), 3 * width, sums_.mutable_data_ptr<float>());
  at::mm_out(weight_, hidden_.t(), features);
  return {weight_, sums_[2], sums_[0], sums_[1]};
}

FeatureProjection initial_projection(int64_t width, const std::vector<NamedView>& given,
                                     const TrainerOptions& options, at::Device device) {
  if (!(options.initial_gain >= 0 && options.initial_gain <= 1))
    throw Error(ErrorCode::value, "Expected an initial gain of the projection's layer norm in [0, 1], got " +
                                      std::to_string(options.initial_gain) + ".");
  const double half_width = 1 / std::sqrt(static_cast<double>(width));
  SampleRandom random(options.seed);
  const auto draw = [&](at::IntArrayRef shape) {
    return ((random.uniform(shape) * 2 - 1) * half_width).to(device);
  };
  const auto on_device = at::TensorOptions().device(device).dtype(at::kFloat);
  FeatureProjection layer;
  layer.weight = draw({width, width});
  layer.bias = draw({width});
  layer.norm_weight = at::full({width}, options.initial_gain, on_device);
  layer.norm_bias = at::zeros({width}, on_device);
  const std::vector<std::pair<std::string, at::Tensor>> own{{"weight", layer.weight},
                                                            {"bias", layer.bias},
                                                            {"norm_weight", layer.norm_weight},
                                                            {"norm_bias", layer.norm_bias}};
  if (given.empty()) return layer;
  for (const auto& [name, tensor] : own) {
    const auto found =
        std::find_if(given.begin(), given.end(), [&](auto& candidate) { return candidate.name == name; });
    if (found == given.end() || found->view.shape != tensor.sizes().vec())
      throw Error(ErrorCode::shape,
                  "Expected an initial " + name + " " + shape_text(tensor.sizes()) + ", got " +
                      (found == given.end() ? "none" : shape_text(found->view.shape)) + ".");
    at::Tensor(tensor).copy_(borrow(found->view));
  }
  return layer;
}

}  // namespace synood
