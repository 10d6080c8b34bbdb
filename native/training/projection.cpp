// SynOOD's image side (section 3.3): cross-entropy of the projected image features over the fixed label
// features (in-distribution labels and mined negative ones),
//
//   loss = CE(logit_scale normalise(f + relu(layer_norm(W f + b))) normalise(labels)^T, y)

#include <cmath>

#include "engine/convert.h"
#include "nn/feature_projection.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

// The layer begins as PyTorch's Linear and LayerNorm do: uniform in +-1/sqrt(D), and ones and zeros.
FeatureProjection initial_projection(int64_t width, const std::vector<NamedView>& given, uint64_t seed,
                                     at::Device device) {
  const double half_width = 1 / std::sqrt(static_cast<double>(width));
  SampleRandom random(seed);
  const auto draw = [&](at::IntArrayRef shape) {
    return ((random.uniform(shape) * 2 - 1) * half_width).to(device);
  };
  const auto options = at::TensorOptions().device(device).dtype(at::kFloat);
  FeatureProjection layer;
  layer.weight = draw({width, width});
  layer.bias = draw({width});
  layer.norm_weight = at::ones({width}, options);
  layer.norm_bias = at::zeros({width}, options);
  const NamedTensors own{{"weight", layer.weight},
                         {"bias", layer.bias},
                         {"norm_weight", layer.norm_weight},
                         {"norm_bias", layer.norm_bias}};
  if (given.empty()) return layer;
  for (const auto& [name, tensor] : own) {
    const NamedView* found = nullptr;
    for (const auto& candidate : given)
      if (candidate.name == name) found = &candidate;
    if (!found || found->view.shape != tensor.sizes().vec())
      throw Error(ErrorCode::shape, "Expected an initial " + name + " " + shape_text(tensor.sizes()) +
                                        ", got " + (found ? shape_text(found->view.shape) : "none") + ".");
    at::Tensor(tensor).copy_(borrow(found->view));
  }
  return layer;
}

class ProjectionTrainer : public TrainingLoop {
 public:
  ProjectionTrainer(Runtime runtime, const at::Tensor& labels, const FeatureProjection& layer,
                    const TrainerOptions& options)
      : TrainingLoop(runtime,
                     {{"weight", layer.weight},
                      {"bias", layer.bias},
                      {"norm_weight", layer.norm_weight},
                      {"norm_bias", layer.norm_bias}},
                     {}, options),
        layer_(layer),
        labels_(normalise(labels)) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, labels_.size(1)});
    pool.expect_below("labels", labels_.size(0));
  }

  at::Tensor loss(const Batch& batch) override {
    const auto logits = options_.logit_scale * at::matmul(layer_(batch.gather("features")), labels_.t());
    return at::cross_entropy_loss(logits, batch.gather("labels"));
  }

  FeatureProjection layer_;
  at::Tensor labels_;
};

}  // namespace

std::shared_ptr<Trainer> create_projection_trainer(Runtime runtime, const TensorView& label_features,
                                                   const std::vector<NamedView>& initial,
                                                   const TrainerOptions& options) {
  runtime.dtype = at::kFloat;  // a small head: half precision would only lose its updates
  expect_shape(label_features, {-1, -1}, "label_features (K, D)");
  const auto labels = to_device(label_features, runtime.device, runtime.dtype);
  const auto layer = initial_projection(labels.size(1), initial, options.seed, runtime.device);
  return std::make_shared<ProjectionTrainer>(runtime, labels, layer, options);
}

}  // namespace synood
