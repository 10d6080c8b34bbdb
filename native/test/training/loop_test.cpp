#include "training/loop.h"

#include <gtest/gtest.h>

#include "test/training/support.h"
#include "training/training.h"

namespace synood::loop_test {
namespace {

constexpr int64_t kLabels = 11, kWidth = 16, kSamples = 60, kSteps = 12, kBatch = 8;

class LoopTest : public testing::TestWithParam<std::string> {
 protected:
  std::shared_ptr<Trainer> trainer() {
    TrainerOptions options;
    options.seed = 5;
    options.optimizer.kind = GetParam();
    options.optimizer.learning_rate = 0.01;
    options.optimizer.weight_decay = 0.01;
    options.optimizer.momentum = 0.9;
    options.optimizer.total_steps = kSteps;
    options.optimizer.max_gradient_norm = 1;
    const auto view = TensorView{labels.const_data_ptr(), ElementType::f32, {kLabels, kWidth}};
    return create_projection_trainer({}, view, {}, options);
  }

  at::Tensor labels = seeded_normal({kLabels, kWidth}, 1);
  Data data = Data()
                  .add("features", seeded_normal({kSamples, kWidth}, 2))
                  .add("labels", seeded_integers(kLabels, {kSamples}, 3));
  at::Tensor order = seeded_integers(kSamples, {kSteps, kBatch}, 4);
};

TEST_P(LoopTest, AResumedRunEndsWithTheSameBytes) {
  const auto whole = trainer();
  const auto losses = run(*whole, data, order);
  EXPECT_EQ(whole->steps_done(), kSteps);

  const auto first = trainer();
  auto resumed_losses = run(*first, data, order.slice(0, 0, 5));
  const auto saved = first->state();
  const auto second = trainer();
  second->load_state(views_of(saved), first->steps_done());
  for (const double loss : run(*second, data, order.slice(0, 5))) resumed_losses.push_back(loss);
  EXPECT_EQ(losses, resumed_losses);
  EXPECT_TRUE(same_bytes(whole->state(), second->state()));
}

TEST_P(LoopTest, AnAbortLeavesTheStateOfTheLastWholeStep) {
  int32_t cancelled = 0;
  const auto aborted = trainer();
  int64_t reported = 0;
  const JobControl control(&cancelled, [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, "train");
    EXPECT_EQ(progress.done, ++reported);
    EXPECT_EQ(progress.total, kSteps);
    if (progress.done == 7) cancelled = 1;
  });
  try {
    run(*aborted, data, order, control);
    FAIL() << "the run went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::aborted);
  }
  EXPECT_EQ(aborted->steps_done(), 7);
  const auto stopped = trainer();
  run(*stopped, data, order.slice(0, 0, 7));
  EXPECT_TRUE(same_bytes(aborted->state(), stopped->state()));
  run(*aborted, data, order.slice(0, 7));
  run(*stopped, data, order.slice(0, 7));
  EXPECT_TRUE(same_bytes(aborted->state(), stopped->state()));
}

INSTANTIATE_TEST_SUITE_P(Optimizers, LoopTest, testing::Values("adam", "adamw", "sgd"));

class LoopErrors : public LoopTest {
 protected:
  std::string code(const Data& data, const at::Tensor& order) {
    try {
      run(*trainer(), data, order);
    } catch (const Error& error) {
      return error_code_name(error.code());
    }
    return "none";
  }
};

TEST_P(LoopErrors, DataThatDoNotFitAreNamed) {
  const auto features = seeded_normal({kSamples, kWidth}, 2);
  const auto classes = seeded_integers(kLabels, {kSamples}, 3);
  EXPECT_EQ(code(data, order), "none");
  EXPECT_EQ(code(data, order + kSamples), "ERR_VALUE");
  EXPECT_EQ(code(data, order - kSamples), "ERR_VALUE");
  EXPECT_EQ(code(data, order[0]), "ERR_SHAPE");
  EXPECT_EQ(code(Data().add("features", features), order), "ERR_VALUE");
  EXPECT_EQ(code(Data().add("features", features).add("labels", classes + 5), order), "ERR_VALUE");
  EXPECT_EQ(code(Data().add("features", features).add("labels", classes.to(at::kFloat)), order), "ERR_SHAPE");
  EXPECT_EQ(code(Data().add("features", features).add("labels", classes.slice(0, 1)), order), "ERR_SHAPE");
  EXPECT_EQ(code(Data().add("features", features.slice(1, 1)).add("labels", classes), order), "ERR_SHAPE");
  EXPECT_EQ(code(Data().add("pixels", features), order), "ERR_VALUE");
}

TEST_P(LoopErrors, ALossThatIsNotFiniteChangesNothing) {
  auto features = seeded_normal({kSamples, kWidth}, 2);
  features[order[3][0].item<int64_t>()].fill_(std::numeric_limits<float>::quiet_NaN());
  const auto broken = Data().add("features", features).add("labels", seeded_integers(kLabels, {kSamples}, 3));
  const auto trained = trainer();
  EXPECT_THROW(run(*trained, broken, order), Error);
  EXPECT_LE(trained->steps_done(), 3);
  for (const auto& entry : trained->state())
    EXPECT_TRUE(borrow(view_of(entry.tensor)).isfinite().all().item<bool>()) << entry.name;
}

TEST_P(LoopErrors, AStateThatDoesNotFitIsRefusedWhole) {
  const auto source = trainer();
  run(*source, data, order);
  const auto state = source->state();
  const auto target = trainer();
  const auto before = target->state();
  auto missing = views_of(state), extra = views_of(state), reshaped = views_of(state);
  missing.pop_back();
  extra.push_back({"weight_v2", extra[0].view});
  reshaped.back().view.shape.push_back(1);
  for (const auto& wrong : {missing, extra, reshaped}) {
    EXPECT_THROW(target->load_state(wrong, 3), Error);
    EXPECT_TRUE(same_bytes(target->state(), before));
    EXPECT_EQ(target->steps_done(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, LoopErrors, testing::Values("adamw"));

TEST(Loop, HalfPrecisionIsRefused) {
  class Half : public TrainingLoop {
   public:
    Half() : TrainingLoop({at::kCPU, at::kBFloat16}, {}, {}, {}) {}
    std::vector<Field> fields() const override { return {}; }
    void check(const DataPool&) const override {}
  };
  EXPECT_THROW(Half(), Error);
}

}  // namespace
}  // namespace synood::loop_test
