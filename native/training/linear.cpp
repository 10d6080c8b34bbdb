// A linear classifier on frozen features f (N, D), begun at zero (softmax regression has no other minimum to
// fall into):
//
//   loss = CE(W f + b, y), with label smoothing

#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

class LinearTrainer : public TrainingLoop {
 public:
  LinearTrainer(Runtime runtime, const at::Tensor& weight, const at::Tensor& bias,
                const TrainerOptions& options)
      : TrainingLoop(runtime, {{"weight", weight}, {"bias", bias}}, {}, options),
        weight_(weight),
        bias_(bias) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, weight_.size(1)});
    pool.expect_below("labels", weight_.size(0));
  }

  Objective objective(const Batch& batch) override {
    const auto logits = at::linear(batch.gather("features"), weight_, bias_);
    const auto labels = batch.gather("labels");
    return {at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::Mean, /*ignore_index=*/-100,
                                   options_.label_smoothing),
            top_1_accuracy(logits, labels)};
  }

  at::Tensor weight_, bias_;
};

}  // namespace

std::shared_ptr<Trainer> create_linear_trainer(Runtime runtime, int64_t width, int64_t labels,
                                               const TrainerOptions& options) {
  if (width < 1 || labels < 2)
    throw Error(ErrorCode::value, "Expected features of at least 1 number and at least 2 classes, got " +
                                      std::to_string(width) + " and " + std::to_string(labels) + ".");
  runtime.dtype = at::kFloat;
  const auto place = at::TensorOptions().device(runtime.device).dtype(at::kFloat);
  return std::make_shared<LinearTrainer>(runtime, at::zeros({labels, width}, place),
                                         at::zeros({labels}, place), options);
}

}  // namespace synood
