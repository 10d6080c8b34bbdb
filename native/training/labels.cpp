// SynOOD's label side (section 3.3): the mined negative labels' text features T (K, D) are the parameters,
// trained on synthetic images' features f alone, without the projection,
//
//   loss = CE(logit_scale normalise(f) normalise(T)^T, y)

#include "engine/convert.h"
#include "nn/normalise.h"
#include "training/cosine_cross_entropy.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

class LabelTrainer : public TrainingLoop {
 public:
  LabelTrainer(Runtime runtime, const at::Tensor& labels, const TrainerOptions& options)
      : TrainingLoop(runtime, {{"label_features", labels}}, {}, options), labels_(labels) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, labels_.size(1)});
    pool.expect_below("labels", labels_.size(0));
  }

  Objective objective(const Batch& batch) override {
    const auto logits =
        options_.logit_scale * at::matmul(normalise(batch.gather("features")), normalise(labels_).t());
    const auto labels = batch.gather("labels");
    return {at::cross_entropy_loss(logits, labels), top_1_accuracy(logits, labels)};
  }

  Evaluation evaluate(const Batch& batch) override {
    if (!runtime_.device.is_cpu()) return TrainingLoop::evaluate(batch);
    const at::NoGradGuard no_grad;
    const auto rows = normalise(batch.gather("features"));
    inverse_row_norms(labels_, inverse_norms_);
    const auto [loss, accuracy] =
        head_.forward(rows, labels_, inverse_norms_, batch.gather("labels"), options_.logit_scale);
    head_.table_gradients(rows, labels_, gradients_);
    return {loss, accuracy, {gradients_}};
  }

  at::Tensor labels_, inverse_norms_, gradients_;
  CosineCrossEntropy head_;
};

}  // namespace

std::shared_ptr<Trainer> create_label_trainer(Runtime runtime, const TensorView& label_features,
                                              const TrainerOptions& options) {
  runtime.dtype = at::kFloat;  // the authors' float16 loses small updates
  expect_shape(label_features, {-1, -1}, "label_features (K, D)");
  return std::make_shared<LabelTrainer>(
      runtime, to_device(label_features, runtime.device, runtime.dtype).contiguous(), options);
}

}  // namespace synood
