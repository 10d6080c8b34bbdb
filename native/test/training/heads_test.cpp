#include <gtest/gtest.h>

#include <cmath>

#include "test/training/support.h"
#include "training/training.h"

namespace synood {
namespace {

constexpr int64_t kLabels = 6, kWidth = 8, kBatch = 5;

at::Tensor unit(const at::Tensor& rows) { return rows / rows.square().sum(-1, true).sqrt(); }

// -mean log softmax at the label, in double precision.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels) {
  const auto log_share = logits - logits.logsumexp(at::IntArrayRef{1}, true);
  return -log_share.gather(1, labels.unsqueeze(1)).mean();
}

TrainerOptions plain_descent() {
  TrainerOptions options;
  options.optimizer.kind = "sgd";
  options.optimizer.learning_rate = 0.5;
  options.logit_scale = 20;
  return options;
}

TEST(LabelTrainer, OneStepOfDescentFollowsTheFiniteDifferences) {
  const auto start = seeded_normal({kLabels, kWidth}, 1), features = seeded_normal({kBatch, kWidth}, 2) * 3;
  const auto labels = seeded_integers(kLabels, {kBatch}, 3);
  const auto objective = [&](const at::Tensor& table) {
    return cross_entropy(20 * at::matmul(unit(features.to(at::kDouble)), unit(table).t()), labels)
        .item<double>();
  };
  const auto trainer = create_label_trainer({}, {start.const_data_ptr(), ElementType::f32, {kLabels, kWidth}},
                                            plain_descent());
  const auto losses = run(*trainer, Data().add("features", features).add("labels", labels),
                          at::arange(kBatch, at::kLong).unsqueeze(0));
  EXPECT_NEAR(losses[0], objective(start.to(at::kDouble)), 1e-5);
  const auto moved = (find(trainer->state(), "label_features") - start) / -0.5;
  for (int64_t k = 0; k < kLabels; ++k) {
    const auto nudged = [&](double by) {
      auto table = start.to(at::kDouble).clone();
      table[k][k] += by;
      return objective(table);
    };
    EXPECT_NEAR(moved[k][k].item<double>(), (nudged(1e-5) - nudged(-1e-5)) / 2e-5, 2e-5);
  }
}

TEST(ProjectionTrainer, LossAndStepAreThoseOfTheFormula) {
  const auto table = seeded_normal({kLabels, kWidth}, 1), features = seeded_normal({kBatch, kWidth}, 2) * 3;
  const auto labels = seeded_integers(kLabels, {kBatch}, 3);
  std::vector<NamedTensor> initial;
  for (const auto& [name, tensor] :
       std::vector<std::pair<std::string, at::Tensor>>{{"weight", seeded_normal({kWidth, kWidth}, 4)},
                                                       {"bias", seeded_normal({kWidth}, 5)},
                                                       {"norm_weight", seeded_normal({kWidth}, 6)},
                                                       {"norm_bias", seeded_normal({kWidth}, 7)}})
    initial.push_back({name, to_host(tensor)});
  const auto objective = [&](const std::string& nudged, double by) {
    const auto parameter = [&](const std::string& name) {
      auto value = find(initial, name).to(at::kDouble);
      if (name == nudged) value.view(-1)[2] += by;
      return value;
    };
    const auto f = features.to(at::kDouble);
    const auto hidden = at::matmul(f, parameter("weight").t()) + parameter("bias");
    const auto centred = hidden - hidden.mean(1, true);
    const auto normed = centred / (centred.square().mean(1, true) + 1e-5).sqrt() * parameter("norm_weight") +
                        parameter("norm_bias");
    const auto projected = unit(f + normed.clamp_min(0));
    return cross_entropy(20 * at::matmul(projected, unit(table.to(at::kDouble)).t()), labels).item<double>();
  };
  const auto trainer = create_projection_trainer(
      {}, {table.const_data_ptr(), ElementType::f32, {kLabels, kWidth}}, views_of(initial), plain_descent());
  const auto losses = run(*trainer, Data().add("features", features).add("labels", labels),
                          at::arange(kBatch, at::kLong).unsqueeze(0));
  EXPECT_NEAR(losses[0], objective("", 0), 1e-5);
  for (const auto& [name, tensor] : initial) {
    const auto moved = ((find(trainer->state(), name) - find(initial, name)) / -0.5).view(-1);
    EXPECT_NEAR(moved[2].item<double>(), (objective(name, 1e-5) - objective(name, -1e-5)) / 2e-5, 2e-5)
        << name;
  }
}

TEST(ProjectionTrainer, BeginsAsLinearAndLayerNormDo) {
  const auto table = seeded_normal({kLabels, 64}, 1);
  const TensorView view{table.const_data_ptr(), ElementType::f32, {kLabels, 64}};
  TrainerOptions options;
  options.seed = 9;
  const auto state = create_projection_trainer({}, view, {}, options)->state();
  const auto weight = find(state, "weight");
  EXPECT_LE(weight.abs().max().item<double>(), 1.0 / 8);
  EXPECT_NEAR(weight.std().item<double>(), 1.0 / 8 / std::sqrt(3), 0.002);  // of the uniform distribution
  EXPECT_TRUE(at::equal(find(state, "norm_weight"), at::ones({64})));
  EXPECT_TRUE(at::equal(find(state, "norm_bias"), at::zeros({64})));
  EXPECT_TRUE(same_bytes(state, create_projection_trainer({}, view, {}, options)->state()));
  options.seed = 10;
  EXPECT_FALSE(same_bytes(state, create_projection_trainer({}, view, {}, options)->state()));
}

}  // namespace
}  // namespace synood
