// A linear map of frozen image features towards fixed label features, with or without outliers (NPOS, Tao et
// al., 2023; without them the first stage of Dream-OOD, Du et al., 2023). With f' = W f,
//
//   g    = logit_scale cos(f', label);  with logit_norm  g / ||g||, times logit_scale
//   loss = CE(g, y) over in-distribution + outlier_weight BCE(mlp(f' / ||f'||), in or out) over all
//
// The norm is a row's own: the published code divides by that of the whole batch. Label C marks an outlier.

#include <cmath>

#include "engine/convert.h"
#include "engine/random.h"
#include "nn/normalise.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

constexpr int64_t kHidden = 32;

struct FeatureMap {
  at::Tensor weight, hidden_weight, hidden_bias, out_weight, out_bias;

  NamedTensors named() const {
    return {{"weight", weight},
            {"hidden_weight", hidden_weight},
            {"hidden_bias", hidden_bias},
            {"out_weight", out_weight},
            {"out_bias", out_bias}};
  }
};

class FeatureMapTrainer : public TrainingLoop {
 public:
  FeatureMapTrainer(Runtime runtime, const at::Tensor& labels, const FeatureMap& map,
                    const TrainerOptions& options)
      : TrainingLoop(runtime, map.named(), {}, options), map_(map), labels_(normalise(labels)) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, map_.weight.size(1)});
    pool.expect_below("labels", labels_.size(0) + 1);
  }

  Objective objective(const Batch& batch) override {
    const auto labels = batch.gather("labels");
    const auto rows = normalise(at::matmul(batch.gather("features"), map_.weight.t()));
    auto logits = at::matmul(rows, labels_.t());
    if (options_.logit_norm) logits = normalise(logits);
    const auto inside = labels.lt(labels_.size(0));
    const auto known = inside.sum().item<int64_t>();
    const auto targets = at::where(inside, labels, at::full_like(labels, -100));
    const auto total =
        at::cross_entropy_loss(options_.logit_scale * logits, targets, {}, at::Reduction::Sum, -100) /
        static_cast<double>(std::max<int64_t>(known, 1));
    if (steps_done() < options_.outlier_start || options_.outlier_weight == 0) return {total, {}};
    const auto hidden = at::relu(at::addmm(map_.hidden_bias, rows, map_.hidden_weight.t()));
    const auto side = at::addmm(map_.out_bias, hidden, map_.out_weight.t()).squeeze(1);
    const auto target = inside.to(side.scalar_type());
    return {total + options_.outlier_weight * at::binary_cross_entropy_with_logits(side, target), {}};
  }

  FeatureMap map_;
  at::Tensor labels_;
};

}  // namespace

std::shared_ptr<Trainer> create_feature_map_trainer(Runtime runtime, const TensorView& label_features,
                                                    int64_t width, const TrainerOptions& options) {
  runtime.dtype = at::kFloat;
  expect_shape(label_features, {-1, -1}, "label_features (C, E)");
  if (width < 1) throw Error(ErrorCode::value, "Expected a width of at least 1.");
  const auto labels = to_device(label_features, runtime.device, at::kFloat);
  const auto out = labels.size(1);
  SampleRandom random(options.seed);
  const auto uniform = [&](at::IntArrayRef shape, int64_t fan_in) {
    return ((random.uniform(shape) * 2 - 1) / std::sqrt(static_cast<double>(fan_in))).to(runtime.device);
  };
  // A map within one space begins as the identity, so that nothing is lost of what the features know.
  FeatureMap map{width == out ? at::eye(out, labels.options()) : uniform({out, width}, width),
                 uniform({kHidden, out}, out), uniform({kHidden}, out), uniform({1, kHidden}, kHidden),
                 uniform({1}, kHidden)};
  return std::make_shared<FeatureMapTrainer>(runtime, labels, map, options);
}

}  // namespace synood
