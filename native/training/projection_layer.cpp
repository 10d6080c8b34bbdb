#include "training/projection_layer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/convert.h"
#include "engine/random.h"
#include "kernels/vector_loops.h"
#include "synood/error.h"

namespace synood {

namespace {

constexpr float kEpsilon = 1e-5f;

struct Rows {
  int64_t count, width;
  const float *features, *norm_weight, *norm_bias;
  float *hidden, *rows, *inverse_deviations, *inverse_norms;
};

SYNOOD_VECTOR_LOOPS void project_rows(const Rows& r) {
  const auto width = r.width;
  const float share = 1 / static_cast<float>(width);
  for (int64_t b = 0; b < r.count; ++b) {
    const float* f = r.features + b * width;
    float *h = r.hidden + b * width, *z = r.rows + b * width;
    const float mean = share * lane_sum(width, [&](int64_t i) { return h[i]; });
    const float variance = share * lane_sum(width, [&](int64_t i) { return (h[i] - mean) * (h[i] - mean); });
    const float inverse = 1 / std::sqrt(variance + kEpsilon);
    for (int64_t i = 0; i < width; ++i) {
      h[i] = (h[i] - mean) * inverse;
      const float n = h[i] * r.norm_weight[i] + r.norm_bias[i];
      z[i] = f[i] + (n > 0 ? n : 0);
    }
    const float norm = std::sqrt(lane_sum(width, [&](int64_t i) { return z[i] * z[i]; }));
    const float inverse_norm = 1 / std::max(norm, 1e-12f);
    for (int64_t i = 0; i < width; ++i) z[i] *= inverse_norm;
    r.inverse_deviations[b] = inverse;
    r.inverse_norms[b] = inverse_norm;
  }
}

// hidden becomes dh; norm_weight and norm_bias gradients are added to.
SYNOOD_VECTOR_LOOPS void differentiate_rows(const Rows& r, const float* row_gradients, float* norm_weight,
                                            float* norm_bias, float* scratch) {
  const auto width = r.width;
  const float share = 1 / static_cast<float>(width);
  for (int64_t b = 0; b < r.count; ++b) {
    const float *dz = row_gradients + b * width, *z = r.rows + b * width;
    float* h = r.hidden + b * width;
    const float along = lane_sum(width, [&](int64_t i) { return z[i] * dz[i]; });
    const float inverse_norm = r.inverse_norms[b];
    for (int64_t i = 0; i < width; ++i) {
      const float du = (dz[i] - z[i] * along) * inverse_norm;
      const float dn = h[i] * r.norm_weight[i] + r.norm_bias[i] >= 0 ? du : 0;
      norm_weight[i] += dn * h[i];
      norm_bias[i] += dn;
      scratch[i] = dn * r.norm_weight[i];
    }
    const float mean = share * lane_sum(width, [&](int64_t i) { return scratch[i]; });
    const float tilt = share * lane_sum(width, [&](int64_t i) { return scratch[i] * h[i]; });
    const float inverse = r.inverse_deviations[b];
    for (int64_t i = 0; i < width; ++i) h[i] = (scratch[i] - mean - h[i] * tilt) * inverse;
  }
}

void resize(at::Tensor& buffer, at::IntArrayRef shape) {
  if (!buffer.defined() || buffer.sizes() != shape) buffer = at::empty(shape, at::kFloat);
}

}  // namespace

const at::Tensor& ProjectionLayer::forward(const at::Tensor& features) {
  const auto count = features.size(0), width = features.size(1);
  resize(hidden_, {count, width});
  resize(rows_, {count, width});
  resize(inverse_deviations_, {count});
  resize(inverse_norms_, {count});
  at::addmm_out(hidden_, layer_.bias, features, layer_.weight.t());
  project_rows({count, width, features.const_data_ptr<float>(), layer_.norm_weight.const_data_ptr<float>(),
                layer_.norm_bias.const_data_ptr<float>(), hidden_.mutable_data_ptr<float>(),
                rows_.mutable_data_ptr<float>(), inverse_deviations_.mutable_data_ptr<float>(),
                inverse_norms_.mutable_data_ptr<float>()});
  return rows_;
}

std::vector<at::Tensor> ProjectionLayer::backward(const at::Tensor& features,
                                                  const at::Tensor& row_gradients) {
  const auto count = features.size(0), width = features.size(1);
  resize(weight_, {width, width});
  resize(bias_, {width});
  resize(norm_weight_, {width});
  resize(norm_bias_, {width});
  norm_weight_.zero_();
  norm_bias_.zero_();
  // bias_ is free until the sum below: the row at hand lies in it.
  differentiate_rows({count, width, nullptr, layer_.norm_weight.const_data_ptr<float>(),
                      layer_.norm_bias.const_data_ptr<float>(), hidden_.mutable_data_ptr<float>(),
                      rows_.mutable_data_ptr<float>(), inverse_deviations_.mutable_data_ptr<float>(),
                      inverse_norms_.mutable_data_ptr<float>()},
                     row_gradients.const_data_ptr<float>(), norm_weight_.mutable_data_ptr<float>(),
                     norm_bias_.mutable_data_ptr<float>(), bias_.mutable_data_ptr<float>());
  at::mm_out(weight_, hidden_.t(), features);
  at::sum_out(bias_, hidden_, at::IntArrayRef{0});
  return {weight_, bias_, norm_weight_, norm_bias_};
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
