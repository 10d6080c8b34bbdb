// Both sides of SynOOD (section 3.3) at once, which the paper calls unstable. C are the classes' label
// features, fixed; T the negative labels' ones, trained beside the projection g:
//
//   loss = CE(s g(f) normalise([C; T])^T, y) + label_weight CE(s normalise(f) normalise(T)^T, y - |C|)
//
// The first term goes over all images, the second over those with a negative label (the synthetic ones); a
// batch without any has the first one only.

#include "engine/convert.h"
#include "nn/normalise.h"
#include "synood/error.h"
#include "training/cosine_cross_entropy.h"
#include "training/loop.h"
#include "training/projection_layer.h"
#include "training/training.h"

namespace synood {

namespace {

class JointTrainer : public TrainingLoop {
 public:
  JointTrainer(Runtime runtime, const at::Tensor& labels, int64_t classes, const FeatureProjection& layer,
               const TrainerOptions& options)
      : TrainingLoop(runtime,
                     {{"weight", layer.weight},
                      {"bias", layer.bias},
                      {"norm_weight", layer.norm_weight},
                      {"norm_bias", layer.norm_bias},
                      {"label_features", labels.narrow(0, classes, labels.size(0) - classes)}},
                     {}, options),
        layer_(layer),
        classes_(classes),
        labels_(labels),
        trained_(labels.narrow(0, classes, labels.size(0) - classes)) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, labels_.size(1)});
    pool.expect_below("labels", labels_.size(0));
  }

  struct Negatives {
    at::Tensor features, labels;  // of the rows with a negative label
  };
  Negatives negatives(const at::Tensor& features, const at::Tensor& labels) const {
    const auto rows = labels.ge(classes_).nonzero().squeeze(1);
    return {features.index_select(0, rows), labels.index_select(0, rows) - classes_};
  }

  Evaluation evaluate(const Batch& batch) override {
    const at::NoGradGuard no_grad;
    const auto features = batch.gather("features"), labels = batch.gather("labels");
    inverse_row_norms(labels_, inverse_norms_);
    const auto& rows = layer_.forward(features);
    auto [loss, accuracy] = head_.forward(rows, labels_, inverse_norms_, labels, options_.logit_scale);
    head_.table_gradients(rows, labels_, all_gradients_);
    auto gradients = layer_.backward(features, head_.row_gradients(labels_));
    gradients.push_back(all_gradients_.narrow(0, classes_, labels_.size(0) - classes_));

    const auto synthetic = negatives(features, labels);
    if (synthetic.labels.numel() > 0 && options_.label_weight > 0) {
      const auto unit = normalise(synthetic.features);
      loss += label_head_
                  .forward(unit, trained_, inverse_norms_.narrow(0, classes_, trained_.size(0)),
                           synthetic.labels, options_.logit_scale, options_.label_weight)
                  .loss;
      label_head_.table_gradients(unit, trained_, label_gradients_);
      gradients.back().add_(label_gradients_);
    }
    return {loss, accuracy, std::move(gradients)};
  }

  ProjectionLayer layer_;
  int64_t classes_;
  at::Tensor labels_, trained_;  // (K, D), and its rows from `classes` on
  at::Tensor inverse_norms_, all_gradients_, label_gradients_;
  CosineCrossEntropy head_, label_head_;
};

}  // namespace

std::shared_ptr<Trainer> create_joint_trainer(Runtime runtime, const TensorView& label_features,
                                              int64_t classes, const std::vector<NamedView>& initial,
                                              const TrainerOptions& options) {
  // The head of some ten thousand labels trains on the host whatever the device of the models is.
  runtime = {at::kCPU, at::kFloat};
  expect_shape(label_features, {-1, -1}, "label_features (K, D)");
  if (classes < 1 || classes >= label_features.shape[0])
    throw Error(ErrorCode::value, "Expected at least one class and one negative label among " +
                                      std::to_string(label_features.shape[0]) + " label features, got " +
                                      std::to_string(classes) + " classes.");
  if (!options.trained.empty())
    throw Error(ErrorCode::value, "Joint training trains all of its parameters; leave `trained` empty.");
  const auto labels = borrow(label_features).to(at::kFloat).clone();
  const auto layer = initial_projection(labels.size(1), initial, options, runtime.device);
  return std::make_shared<JointTrainer>(runtime, labels, classes, layer, options);
}

}  // namespace synood
