// SynOOD's label side (section 3.3): the mined negative labels' text features T (K, D) are the parameters,
// trained on synthetic images' features f alone, without the projection,
//
//   loss = CE(logit_scale normalise(f) normalise(T)^T, y)

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

#include "engine/convert.h"
#include "engine/parallel.h"
#include "kernels/table_descent.h"
#include "nn/normalise.h"
#include "training/cosine_cross_entropy.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

constexpr double kLargestScale = 1e4;

// The rows of the table that a thread updates at a time; sums over rows are sums over these blocks, in order.
constexpr int64_t kRows = 32;

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
    norms_version_ = labels_._version();
    const auto [loss, accuracy] =
        head_.forward(rows, labels_, inverse_norms_, batch.gather("labels"), options_.logit_scale);
    head_.table_gradients(rows, labels_, gradients_);
    return {loss, accuracy, {gradients_}};
  }

  // The loss and the descent on the table, each part of it while its gradient is in cache. A finite loss over
  // unit rows has finite gradients, of at most twice the scale over the shortest length that counts.
  std::optional<Updated> update_at_once(const Batch& batch, const Optimizer& optimizer) override {
    const auto descent = optimizer.descent(0, steps_done());
    if (!runtime_.device.is_cpu() || !descent || !(std::abs(options_.logit_scale) <= kLargestScale))
      return std::nullopt;
    const auto rows = normalise(batch.gather("features"));
    if (norms_version_ != labels_._version()) inverse_row_norms(labels_, inverse_norms_);
    const auto [loss, accuracy] =
        head_.forward(rows, labels_, inverse_norms_, batch.gather("labels"), options_.logit_scale);
    if (!std::isfinite(loss)) return std::nullopt;
    double squares = 0;
    head_.for_table_gradients(rows, [&](int64_t first, int64_t end, const at::Tensor& part) {
      squares += descend(*descent, first, end, part);
    });
    // Written past LibTorch; who keeps something made of the table looks at this count.
    labels_.unsafeGetTensorImpl()->bump_version();
    norms_version_ = labels_._version();
    return Updated{loss, accuracy, std::sqrt(squares)};
  }

  double descend(const Optimizer::Descent& descent, int64_t first, int64_t end, const at::Tensor& part) {
    const auto width = labels_.size(1), blocks = (end - first + kRows - 1) / kRows;
    float *table = labels_.mutable_data_ptr<float>(), *norms = inverse_norms_.mutable_data_ptr<float>();
    float* momentum = descent.buffer.defined() ? descent.buffer.mutable_data_ptr<float>() : nullptr;
    const float* gradients = part.const_data_ptr<float>();
    std::vector<double> squares(static_cast<size_t>(blocks));
    parallel_for(0, blocks, std::max<int64_t>(1, (1 << 14) / (kRows * width)),
                 [&](int64_t begin, int64_t stop) {
                   for (auto at = begin; at < stop; ++at) {
                     const auto row = first + at * kRows;
                     squares[static_cast<size_t>(at)] = kernels::descend(
                         {std::min(kRows, end - row), width, table + row * width,
                          momentum ? momentum + row * width : nullptr, norms + row,
                          gradients + (row - first) * width, static_cast<float>(descent.rate),
                          static_cast<float>(descent.momentum), static_cast<float>(descent.weight_decay)});
                   }
                 });
    return std::accumulate(squares.begin(), squares.end(), 0.0);
  }

  at::Tensor labels_, inverse_norms_, gradients_;
  uint32_t norms_version_ = std::numeric_limits<uint32_t>::max();  // of the table that inverse_norms_ are of
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
