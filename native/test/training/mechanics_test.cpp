// What the loops share beside the optimizer: parts of a batch, averages, loss scaling, chosen parameters,
// augmentation, captions.

#include <gtest/gtest.h>

#include <cmath>

#include "test/training/support.h"
#include "training/data_pool.h"
#include "training/loop.h"
#include "training/loss_scale.h"
#include "training/training.h"

namespace synood::mechanics_test {
namespace {

constexpr int64_t kLabels = 11, kWidth = 16, kSamples = 60;

TrainerOptions options_with(int64_t accumulation, double ema = 0) {
  TrainerOptions options;
  options.seed = 5;
  options.optimizer.kind = "sgd";
  options.optimizer.learning_rate = 0.01;
  options.accumulation = accumulation;
  options.ema_decay = ema;
  return options;
}

class Mechanics : public testing::Test {
 protected:
  std::shared_ptr<Trainer> trainer(const TrainerOptions& options) {
    return create_projection_trainer({}, {labels.const_data_ptr(), ElementType::f32, {kLabels, kWidth}}, {},
                                     options);
  }

  at::Tensor labels = seeded_normal({kLabels, kWidth}, 1);
  Data data = Data()
                  .add("features", seeded_normal({kSamples, kWidth}, 2))
                  .add("labels", seeded_integers(kLabels, {kSamples}, 3));
  at::Tensor order = seeded_integers(kSamples, {12, 8}, 4);
};

TEST_F(Mechanics, PartsOfABatchAddUpToIt) {
  const auto whole = trainer(options_with(1)), parts = trainer(options_with(4));
  const auto expected = run_figures(*whole, data, order), found = run_figures(*parts, data, order);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[i].loss, expected[i].loss, 1e-4);
    EXPECT_NEAR(found[i].accuracy, expected[i].accuracy, 1e-9);
  }
  EXPECT_TRUE(at::allclose(find(whole->state(), "weight"), find(parts->state(), "weight"), 1e-4, 1e-5));
}

TEST_F(Mechanics, ABatchThatDoesNotDivideIsRefused) {
  EXPECT_THROW(run(*trainer(options_with(3)), data, order), Error);
  EXPECT_THROW(trainer(options_with(0)), Error);
}

TEST_F(Mechanics, TheClosedFormIsWhatAutogradFinds) {
  // Naming parameters takes the general path.
  auto general = options_with(1);
  general.trained = {"weight", "bias", "norm_"};
  const auto closed = trainer(options_with(1)), differentiated = trainer(general);
  const auto expected = run_figures(*differentiated, data, order), found = run_figures(*closed, data, order);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[i].loss, expected[i].loss, 1e-4);
    EXPECT_EQ(found[i].accuracy, expected[i].accuracy);
    EXPECT_NEAR(found[i].gradient_norm, expected[i].gradient_norm, 1e-3 * expected[i].gradient_norm);
  }
}

TEST_F(Mechanics, OnlyChosenParametersMove) {
  auto options = options_with(1, 0.9);
  options.trained = {"norm_"};
  const auto trained = trainer(options);
  const auto before = trainer(options_with(1))->state();
  run(*trained, data, order);
  const auto state = trained->state();
  EXPECT_EQ(state.size(), 4u);  // two parameters and their averages; plain descent keeps no moments
  EXPECT_FALSE(at::equal(find(state, "norm_weight"), find(before, "norm_weight")));
  options.trained = {"normalisation"};
  EXPECT_THROW(trainer(options), Error);
}

TEST_F(Mechanics, TheResultIsTheAverageWhereOneIsKept) {
  const auto trained = trainer(options_with(1, 0.9));
  run(*trained, data, order);
  const auto state = trained->state(), result = trained->result();
  EXPECT_EQ(result.size(), 4u);
  EXPECT_TRUE(at::equal(find(result, "weight"), find(state, "ema.weight")));
  EXPECT_FALSE(at::equal(find(result, "weight"), find(state, "weight")));
}

// Finite at zero, where its derivative is not: the square root of p + f.
class SquareRoot : public TrainingLoop {
 public:
  explicit SquareRoot(const TrainerOptions& options) : SquareRoot(options, at::zeros({1})) {}

 private:
  SquareRoot(const TrainerOptions& options, const at::Tensor& parameter)
      : TrainingLoop({}, {{"p", parameter}}, {}, options), parameter_(parameter) {}
  std::vector<Field> fields() const override { return {{Field::Kind::real, "features", 2}}; }
  void check(const DataPool&) const override {}
  Objective objective(const Batch& batch) override {
    return {(parameter_ + batch.gather("features")).abs().sqrt().sum(), {}};
  }
  at::Tensor parameter_;
};

TEST_F(Mechanics, ANonFiniteGradientStopsBeforeTheUpdate) {
  auto options = options_with(1);
  options.optimizer.learning_rate = 0;
  SquareRoot trained(options);
  const auto numbers = Data().add("features", at::tensor({4.0f, 1.0f, 0.0f}).view({3, 1}));
  try {
    run(trained, numbers, at::tensor({0, 1, 2}, at::kLong).view({3, 1}));
    FAIL() << "the run went on";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("gradient of step 2"), std::string::npos) << error.what();
  }
  EXPECT_EQ(trained.steps_done(), 2);
  EXPECT_TRUE(find(trained.state(), "p").isfinite().all().item<bool>());
}

TEST_F(Mechanics, HalfPrecisionNeedsAGpu) {
  auto options = options_with(1);
  options.precision = "bfloat16";
  EXPECT_THROW(trainer(options), Error);
  options.precision = "int8";
  EXPECT_THROW(trainer(options), Error);
}

TEST(LossScale, FollowsGradScaler) {
  LossScale none(false), scale(true);
  EXPECT_EQ(none.value(), 1);
  EXPECT_TRUE(none.state().empty());
  EXPECT_EQ(scale.value(), 65536);
  scale.overflowed();
  EXPECT_EQ(scale.value(), 32768);
  for (int i = 0; i < 1999; ++i) scale.succeeded();
  EXPECT_EQ(scale.value(), 32768);
  scale.succeeded();
  EXPECT_EQ(scale.value(), 65536);
  for (int i = 0; i < 1999; ++i) scale.succeeded();
  scale.overflowed();
  for (int i = 0; i < 1999; ++i) scale.succeeded();
  EXPECT_EQ(scale.value(), 32768);
}

class Samples : public testing::Test {
 protected:
  static constexpr int64_t kSide = 8;
  at::Tensor pixels = seeded_integers(256, {4, 3, kSide, kSide}, 1).to(at::kByte);
  at::Tensor captions = at::arange(4 * 3 * 2, at::kLong).view({4, 3, 2});
  at::Tensor counts = at::tensor({1, 2, 3, 3}, at::kLong);
  at::Tensor order = at::arange(4, at::kLong).repeat({64}).view({1, 256});
  Data data = Data().add("pixels", pixels).add("captions", captions).add("counts", counts);

  template <typename Read>
  auto read(Read what, uint64_t seed = 3) {
    const std::vector<Field> fields{{Field::Kind::real, "pixels", 4},
                                    {Field::Kind::integer, "captions", 3},
                                    {Field::Kind::integer, "counts", 1}};
    const DataPool pool(data.views(), fields, {order.const_data_ptr(), ElementType::i64, {1, 256}});
    return what(Batch(pool, {}, 0, seed, 0, 256));
  }
  at::Tensor changed(const Augmentation& augmentation, uint64_t seed = 3) {
    TrainerOptions options;
    options.mean = {0, 0, 0};
    options.std = {1, 1, 1};
    options.augmentation = augmentation;
    return read([&](const Batch& batch) { return batch.pixels("pixels", options); }, seed);
  }
};

TEST_F(Samples, AreAsTheyWereWithoutAugmentation) {
  const auto plain = pixels.to(at::kFloat) / 255;
  EXPECT_TRUE(at::equal(changed({}), plain.repeat({64, 1, 1, 1})));
}

TEST_F(Samples, AreFlippedHalfOfTheTime) {
  const auto plain = changed({}), found = changed({1, true, 0});
  int64_t flipped = 0;
  for (int64_t i = 0; i < 256; ++i) {
    const bool same = at::allclose(found[i], plain[i], 0, 1e-5);
    const bool other = at::allclose(found[i], plain[i].flip({2}), 0, 1e-5);
    EXPECT_NE(same, other) << i;
    flipped += other;
  }
  EXPECT_GT(flipped, 96);
  EXPECT_LT(flipped, 160);
}

TEST_F(Samples, KeepAConstantImageWhereverItIsCropped) {
  pixels = at::full({4, 3, kSide, kSide}, 51, at::kByte);
  data = Data().add("pixels", pixels).add("captions", captions).add("counts", counts);
  EXPECT_TRUE(at::allclose(changed({0.3, true, 0}), at::full({256, 3, kSide, kSide}, 0.2f), 0, 1e-5));
}

TEST_F(Samples, AreCroppedToAtLeastTheShare) {
  // A ramp from left to right: a crop of share s has sqrt(s) of its slope.
  const auto ramp = (at::arange(kSide) * 30).to(at::kByte).expand({4, 3, kSide, kSide}).contiguous();
  data = Data().add("pixels", ramp).add("captions", captions).add("counts", counts);
  const auto found = changed({0.36, false, 0}) * 255;
  const auto slopes = found.select(3, kSide / 2) - found.select(3, kSide / 2 - 1);
  EXPECT_GT(slopes.min().item<double>(), 30 * 0.6 - 1e-2);
  EXPECT_LT(slopes.max().item<double>(), 30 + 1e-2);
  EXPECT_LT(slopes.min().item<double>(), 30 * 0.7);
}

TEST_F(Samples, AreBrighterOrDarkerByAtMostTheJitter) {
  const auto found = changed({1, false, 0.25}), plain = changed({});
  const auto ratio = found.mean({1, 2, 3}) / plain.mean({1, 2, 3});
  EXPECT_GT(ratio.min().item<double>(), 0.7);
  EXPECT_LT(ratio.max().item<double>(), 1.26);
  EXPECT_GT(ratio.std().item<double>(), 0.1);
}

TEST_F(Samples, ChangeWithTheSeedAlone) {
  const Augmentation all{0.5, true, 0.3};
  EXPECT_TRUE(at::equal(changed(all), changed(all)));
  EXPECT_FALSE(at::equal(changed(all), changed(all, 4)));
}

TEST_F(Samples, GetOneOfTheirOwnCaptions) {
  const auto drawn = read([](const Batch& batch) { return batch.caption("captions", "counts"); });
  for (int64_t place = 0; place < 256; ++place) {
    const auto own = place % 4, choice = drawn[place][0].item<int64_t>() / 2 - 3 * own;
    EXPECT_GE(choice, 0) << place;
    EXPECT_LT(choice, counts[own].item<int64_t>()) << place;
  }
  const auto last = drawn.slice(0, 3, 256, 4).select(1, 0);
  EXPECT_EQ(std::get<0>(at::_unique(last)).numel(), 3);
}

}  // namespace
}  // namespace synood::mechanics_test
