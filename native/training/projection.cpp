// SynOOD's image side (section 3.3): cross-entropy of the projected image features over the fixed label
// features (in-distribution labels and mined negative ones),
//
//   loss = CE(logit_scale normalise(f + relu(layer_norm(W f + b))) normalise(labels)^T, y)

#include "engine/convert.h"
#include "training/cosine_cross_entropy.h"
#include "training/loop.h"
#include "training/projection_layer.h"
#include "training/training.h"

namespace synood {

namespace {

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
        fast_layer_(layer),
        labels_(normalise(labels)),
        head_(labels_) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, labels_.size(1)});
    pool.expect_below("labels", labels_.size(0));
  }

  Objective objective(const Batch& batch) override {
    const auto logits = options_.logit_scale * at::matmul(layer_(batch.gather("features")), labels_.t());
    const auto labels = batch.gather("labels");
    return {at::cross_entropy_loss(logits, labels), top_1_accuracy(logits, labels)};
  }

  Evaluation evaluate(const Batch& batch) override {
    if (!runtime_.device.is_cpu() || !options_.trained.empty()) return TrainingLoop::evaluate(batch);
    const at::NoGradGuard no_grad;
    const auto features = batch.gather("features");
    const auto& rows = fast_layer_.forward(features);
    const auto [loss, accuracy] = head_.forward(rows, batch.gather("labels"), options_.logit_scale);
    return {loss, accuracy, fast_layer_.backward(features, head_.row_gradients())};
  }

  FeatureProjection layer_;
  ProjectionLayer fast_layer_;
  at::Tensor labels_;
  FixedTableCrossEntropy head_;
};

}  // namespace

std::shared_ptr<Trainer> create_projection_trainer(Runtime runtime, const TensorView& label_features,
                                                   const std::vector<NamedView>& initial,
                                                   const TrainerOptions& options) {
  runtime.dtype = at::kFloat;  // a small head: half precision would only lose its updates
  expect_shape(label_features, {-1, -1}, "label_features (K, D)");
  const auto labels = to_device(label_features, runtime.device, runtime.dtype);
  const auto layer = initial_projection(labels.size(1), initial, options, runtime.device);
  return std::make_shared<ProjectionTrainer>(runtime, labels, layer, options);
}

}  // namespace synood
