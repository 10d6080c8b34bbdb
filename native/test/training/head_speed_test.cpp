#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "test/training/support.h"
#include "training/training.h"

namespace synood::head_speed_test {
namespace {

// Of a size at which products are packed and the table is updated in parts.
constexpr int64_t kLabels = 4500, kWidth = 288, kSamples = 500, kBatch = 120, kSteps = 6;

struct Heads {
  at::Tensor table = seeded_normal({kLabels, kWidth}, 1), features = seeded_normal({kSamples, kWidth}, 2) * 3;
  Data data = Data().add("features", features).add("labels", seeded_integers(kLabels, {kSamples}, 3));
  at::Tensor order = seeded_integers(kSamples, {kSteps, kBatch}, 4);

  TensorView view() const { return {table.const_data_ptr(), ElementType::f32, {kLabels, kWidth}}; }
  std::shared_ptr<Trainer> labels(const TrainerOptions& options) const {
    return create_label_trainer({}, view(), options);
  }
  std::shared_ptr<Trainer> projection(const TrainerOptions& options) const {
    return create_projection_trainer({}, view(), {}, options);
  }
  std::shared_ptr<Trainer> joint(const TrainerOptions& options) const {
    return create_joint_trainer({}, view(), 40, {}, options);
  }
};

TrainerOptions descent() {
  TrainerOptions options;
  options.optimizer.kind = "sgd";
  options.optimizer.learning_rate = 2e-2;
  options.optimizer.momentum = 0.9;
  options.optimizer.weight_decay = 1e-3;
  return options;
}

void expect_near(Trainer& left, Trainer& right, double relative, double absolute) {
  const auto state = right.state();
  for (const auto& [name, tensor] : left.state())
    EXPECT_TRUE(at::allclose(borrow(view_of(tensor)), find(state, name), relative, absolute)) << name;
}

// The loss and the descent in one pass over the table, and one after the other, as a bound on the gradient's
// norm that none reaches asks for.
TEST(LabelTrainer, AtOnceDoesWhatGradientAndOptimizerDo) {
  const Heads heads;
  for (const double momentum : {0.9, 0.0}) {
    auto options = descent();
    options.optimizer.momentum = momentum;
    const auto at_once = heads.labels(options);
    options.optimizer.max_gradient_norm = 1e9;
    const auto apart = heads.labels(options);
    const auto figures = run_figures(*at_once, heads.data, heads.order);
    const auto expected = run_figures(*apart, heads.data, heads.order);
    for (size_t i = 0; i < figures.size(); ++i) {
      EXPECT_NEAR(figures[i].loss, expected[i].loss, 1e-5 * expected[i].loss);
      // LibTorch's norm of more than a million numbers is off by some 2e-5 itself.
      EXPECT_NEAR(figures[i].gradient_norm, expected[i].gradient_norm, 1e-4 * expected[i].gradient_norm);
      EXPECT_EQ(figures[i].accuracy, expected[i].accuracy);
    }
    expect_near(*at_once, *apart, 1e-4, 1e-5);
  }
}

TEST(LabelTrainer, TellsTheNormOfTheGradientThatItWent) {
  const Heads heads;
  TrainerOptions options;
  options.optimizer.kind = "sgd";
  options.optimizer.learning_rate = 100;
  const auto trainer = heads.labels(options);
  const auto figures = run_figures(*trainer, heads.data, heads.order.narrow(0, 0, 1));
  const auto way = heads.table.to(at::kDouble) - find(trainer->state(), "label_features").to(at::kDouble);
  const auto norm = (way / 100).square().sum().sqrt().item<double>();
  EXPECT_NEAR(figures[0].gradient_norm, norm, 1e-5 * norm);
}

// In closed form, and by autograd, which naming all parameters asks for.
TEST(ProjectionTrainer, PackedProductsAndRowsGiveAutogradsGradients) {
  const Heads heads;
  auto options = descent();
  const auto closed = heads.projection(options);
  options.trained = {"weight", "bias", "norm_weight", "norm_bias"};
  const auto graph = heads.projection(options);
  const auto losses = run(*closed, heads.data, heads.order), expected = run(*graph, heads.data, heads.order);
  for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], expected[i], 1e-5 * expected[i]);
  expect_near(*closed, *graph, 1e-3, 1e-5);
}

TEST(HeadTrainers, CutOffTheyGoOnWithTheSameBytes) {
  const Heads heads;
  const auto options = descent();
  const auto whole = heads.labels(options), first = heads.labels(options), second = heads.labels(options);
  run(*whole, heads.data, heads.order);
  run(*first, heads.data, heads.order.narrow(0, 0, 2));
  const auto state = first->state();
  second->load_state(views_of(state), 2);
  run(*second, heads.data, heads.order.narrow(0, 2, kSteps - 2));
  EXPECT_TRUE(same_bytes(second->state(), whole->state()));
  // The table that was loaded counts, not the one that was there.
  run(*first, heads.data, heads.order.narrow(0, 2, 1));
  first->load_state(views_of(state), 2);
  run(*first, heads.data, heads.order.narrow(0, 2, kSteps - 2));
  EXPECT_TRUE(same_bytes(first->state(), whole->state()));
}

TEST(HeadTrainers, HaveTheSameBytesOnOneThreadAndOnTwo) {
  const Heads heads;
  const auto states = [&](int threads) {
    const auto before = at::get_num_threads();
    at::set_num_threads(threads);
    std::vector<std::vector<NamedTensor>> found;
    for (const auto& trainer :
         {heads.labels(descent()), heads.projection(descent()), heads.joint(descent())}) {
      run(*trainer, heads.data, heads.order);
      found.push_back(trainer->state());
    }
    at::set_num_threads(before);
    return found;
  };
  const auto one = states(1), two = states(2);
  EXPECT_TRUE(same_bytes(one[0], two[0])) << "labels";
  EXPECT_TRUE(same_bytes(one[1], two[1])) << "projection";
  EXPECT_TRUE(same_bytes(one[2], two[2])) << "joint";
}

}  // namespace
}  // namespace synood::head_speed_test
