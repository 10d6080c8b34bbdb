#include <gtest/gtest.h>

#include <cmath>

#include "nn/feature_projection.h"
#include "test/training/support.h"
#include "training/training.h"

namespace synood::heads_test {
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

// A layer that begins with nothing of its own leaves the features as they are, and learns all the same.
TEST(ProjectionTrainer, BeginsWithTheFeaturesThemselvesWhereTheGainIsZero) {
  const auto table = seeded_normal({kLabels, 64}, 1), features = seeded_normal({40, 64}, 2) * 3;
  const TensorView view{table.const_data_ptr(), ElementType::f32, {kLabels, 64}};
  TrainerOptions options;
  options.initial_gain = 0;
  options.optimizer.kind = "adam";
  options.optimizer.learning_rate = 1e-2;
  const auto trainer = create_projection_trainer({}, view, {}, options);
  const auto begin = trainer->result();
  const FeatureProjection layer{find(begin, "weight"), find(begin, "bias"), find(begin, "norm_weight"),
                                find(begin, "norm_bias")};
  EXPECT_TRUE(at::equal(layer(features), normalise(features)));
  const auto labels = seeded_integers(kLabels, {40}, 3);
  const auto losses = run(*trainer, Data().add("features", features).add("labels", labels),
                          at::arange(40, at::kLong).unsqueeze(0).repeat({200, 1}));
  const auto scaled = 100 * at::matmul(normalise(features), normalise(table).t());
  EXPECT_NEAR(losses.front(), cross_entropy(scaled.to(at::kDouble), labels).item<double>(), 1e-4);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  const auto end = trainer->result();
  for (const char* name : {"weight", "norm_weight", "norm_bias"})
    EXPECT_FALSE(at::equal(find(end, name), find(begin, name))) << name;

  options.initial_gain = 0.25;
  const auto quarter = create_projection_trainer({}, view, {}, options)->state();
  EXPECT_TRUE(at::equal(find(quarter, "norm_weight"), at::full({64}, 0.25)));
  EXPECT_TRUE(at::equal(find(quarter, "weight"), layer.weight));
  for (const double wrong : {-0.1, 1.5, std::nan("")}) {
    options.initial_gain = wrong;
    EXPECT_THROW(create_projection_trainer({}, view, {}, options), Error);
  }
}

// Both ways to its gradients agree where they begin: in closed form, and by autograd (all of `trained`
// named).
TEST(ProjectionTrainer, AutogradLearnsFromAGainOfZeroAlike) {
  const auto table = seeded_normal({kLabels, 64}, 1), features = seeded_normal({40, 64}, 2) * 3;
  const TensorView view{table.const_data_ptr(), ElementType::f32, {kLabels, 64}};
  auto options = plain_descent();
  options.initial_gain = 0;
  options.optimizer.learning_rate = 0.01;
  const auto data = Data().add("features", features).add("labels", seeded_integers(kLabels, {40}, 3));
  const auto order = at::arange(40, at::kLong).unsqueeze(0).repeat({5, 1});
  const auto closed = create_projection_trainer({}, view, {}, options);
  options.trained = {"weight", "bias", "norm_weight", "norm_bias"};
  const auto graph = create_projection_trainer({}, view, {}, options);
  run(*closed, data, order);
  run(*graph, data, order);
  for (const auto& [name, tensor] : closed->state())
    EXPECT_TRUE(at::allclose(find(graph->state(), name), borrow(view_of(tensor)), 1e-3, 1e-6)) << name;
}

}  // namespace
}  // namespace synood::heads_test
