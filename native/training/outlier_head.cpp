// A classifier's last layer, trained against outliers in feature space (VOS, Du et al., 2022; Dream-OOD, Du
// et al., 2023). With logits g = W z + b of the in-distribution features and of the outliers alike,
//
//   E_w(z) = log sum_c relu(w_c) exp(g_c)                    learned class weights w
//   loss   = CE(g, y) over in-distribution + outlier_weight CE(linear(E_w), in or out) over all
//
// where the linear layer makes two logits of the one energy. Label C marks an outlier.

#include <cmath>

#include "engine/convert.h"
#include "engine/random.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

struct OutlierHead {
  at::Tensor weight, bias, energy_weight, boundary_weight, boundary_bias;

  NamedTensors named() const {
    return {{"weight", weight},
            {"bias", bias},
            {"energy_weight", energy_weight},
            {"boundary_weight", boundary_weight},
            {"boundary_bias", boundary_bias}};
  }
};

class OutlierHeadTrainer : public TrainingLoop {
 public:
  OutlierHeadTrainer(Runtime runtime, const OutlierHead& head, const TrainerOptions& options)
      : TrainingLoop(runtime, head.named(), {}, options), head_(head) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, head_.weight.size(1)});
    pool.expect_below("labels", head_.weight.size(0) + 1);
  }

  Objective objective(const Batch& batch) override {
    const auto labels = batch.gather("labels");
    const auto logits = at::addmm(head_.bias, batch.gather("features"), head_.weight.t());
    const auto classes = head_.weight.size(0);
    // Outliers have no class; a batch without in-distribution rows has no classification loss.
    const auto inside = labels.lt(classes);
    const auto known = inside.sum().item<int64_t>();
    auto total = at::cross_entropy_loss(logits, at::where(inside, labels, at::full_like(labels, -100)), {},
                                        at::Reduction::Sum, -100) /
                 static_cast<double>(std::max<int64_t>(known, 1));
    if (steps_done() < options_.outlier_start || options_.outlier_weight == 0) return {total, {}};
    const auto top = logits.detach().amax({1}, /*keepdim=*/true);
    const auto sum = (at::relu(head_.energy_weight) * at::exp(logits - top)).sum(at::IntArrayRef{1}, true);
    const auto energy = top + at::log(sum.clamp_min(1e-30));
    const auto sides = at::addmm(head_.boundary_bias, energy, head_.boundary_weight.t());
    return {total + options_.outlier_weight * at::cross_entropy_loss(sides, inside.to(at::kLong)), {}};
  }

  OutlierHead head_;
};

}  // namespace

std::shared_ptr<Trainer> create_outlier_head_trainer(Runtime runtime, const TensorView& weight,
                                                     const TensorView& bias, const TrainerOptions& options) {
  runtime.dtype = at::kFloat;
  expect_shape(weight, {-1, -1}, "weight (C, F)");
  expect_shape(bias, {weight.shape[0]}, "bias (C)");
  const auto device = runtime.device;
  SampleRandom random(options.seed);
  const auto classes = weight.shape[0];
  // PyTorch's Linear(1, 2) begins in +-1; the class weights in [0, 1).
  OutlierHead head{to_device(weight, device, at::kFloat), to_device(bias, device, at::kFloat),
                   random.uniform({classes}).to(device), (random.uniform({2, 1}) * 2 - 1).to(device),
                   (random.uniform({2}) * 2 - 1).to(device)};
  return std::make_shared<OutlierHeadTrainer>(runtime, head, options);
}

}  // namespace synood
