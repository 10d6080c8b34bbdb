// Cross-entropy with label smoothing (Szegedy et al., 2016), batch statistics in the norms; the running ones
// are part of the state.

#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

class ClassifierTrainer : public TrainingLoop {
 public:
  ClassifierTrainer(std::shared_ptr<ClassifierModel> classifier, const TrainerOptions& options)
      : TrainingLoop(classifier->runtime(), classifier->store().parameters(), classifier->store().buffers(),
                     options),
        classifier_(std::move(classifier)) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "pixels", 4}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("pixels", {-1, classifier_->num_channels(), -1, -1});
    pool.expect_below("labels", classifier_->num_labels());
  }

  Objective objective(const Batch& batch) override {
    const auto logits = classifier_->forward(batch.pixels("pixels", options_), /*train=*/true);
    const auto labels = batch.gather("labels");
    return {at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::Mean, /*ignore_index=*/-100,
                                   options_.label_smoothing),
            top_1_accuracy(logits, labels)};
  }

  std::shared_ptr<ClassifierModel> classifier_;
};

}  // namespace

std::shared_ptr<Trainer> create_classifier_trainer(std::shared_ptr<ClassifierModel> classifier,
                                                   const TrainerOptions& options) {
  return std::make_shared<ClassifierTrainer>(std::move(classifier), options);
}

}  // namespace synood
