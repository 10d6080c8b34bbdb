#include <gtest/gtest.h>

#include <cmath>

#include "models/models.h"
#include "test/support/gradient.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood::clip_test {
namespace {

using test::difference;
using test::Fixture;

constexpr double kTolerance = 1e-5;

std::shared_ptr<ClipModel> load(const std::string& folder) {
  const auto fixture = Fixture::open("clip/" + folder);
  return load_clip({}, test::clip_spec(fixture.config()), fixture.weight_source("model"));
}

class ClipParity : public testing::TestWithParam<std::string> {
 protected:
  std::string activation = GetParam();
  Fixture golden = Fixture::open("clip/" + activation);
};

TEST_P(ClipParity, BothTowersMatchTransformers) {
  const auto clip = load(activation);
  const auto images =
      test::as_tensor(clip->encode_images(test::view(golden.tensor("pixel_values")), 2, true, {}));
  EXPECT_LT(difference(images, golden.tensor("image_embeds")), kTolerance);
  const auto ids = test::view(golden.tensor("input_ids"));
  EXPECT_LT(difference(test::as_tensor(clip->encode_text(ids, 3, true, {})), golden.tensor("text_embeds")),
            kTolerance);
  EXPECT_LT(difference(test::as_tensor(clip->text_hidden_states(ids)), golden.tensor("last_hidden_state")),
            kTolerance);
  const auto cosines =
      at::matmul(images / images.norm(2, 1, true),
                 (golden.tensor("text_embeds") / golden.tensor("text_embeds").norm(2, 1, true)).t());
  EXPECT_LT(difference(cosines * clip->logit_scale(), golden.tensor("logits_per_image")), 1e-4);
}

TEST_P(ClipParity, ATextModelWithoutProjectionGivesThePooledState) {
  for (const std::string layout : {"-text", "-text-prefixed"}) {
    const auto clip = load(activation + layout);
    const auto ids = test::view(golden.tensor("input_ids"));
    EXPECT_LT(
        difference(test::as_tensor(clip->encode_text(ids, 4, false, {})), golden.tensor("pooler_output")),
        kTolerance);
    EXPECT_LT(difference(test::as_tensor(clip->text_hidden_states(ids)), golden.tensor("last_hidden_state")),
              kTolerance);
    EXPECT_THROW(clip->image_features(golden.tensor("pixel_values")), Error);
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ClipParity, testing::Values("quick_gelu", "gelu"));

TEST(Clip, ATowerAloneIsTheWholeModelsTower) {
  const auto golden = Fixture::open("clip/quick_gelu");
  const auto text = load("quick_gelu-text-projection"), vision = load("quick_gelu-vision-projection");
  EXPECT_LT(difference(text->text_features(golden.tensor("input_ids")), golden.tensor("text_embeds")),
            kTolerance);
  EXPECT_LT(difference(vision->image_features(golden.tensor("pixel_values")), golden.tensor("image_embeds")),
            kTolerance);
}

TEST(Clip, IgnoresTheTowerThatTheSpecLeavesOut) {
  const auto golden = Fixture::open("clip/gelu");
  auto spec = test::clip_spec(golden.config());
  spec.vision.reset();
  const auto text = load_clip({}, spec, golden.weight_source("model"));
  EXPECT_LT(difference(text->text_features(golden.tensor("input_ids")), golden.tensor("text_embeds")),
            kTolerance);
  EXPECT_NEAR(text->logit_scale(), std::exp(2.6592), 1e-3);
}

TEST(Clip, StateHasTheKeysOfTheFormat) {
  for (const std::string folder :
       {"gelu", "quick_gelu-text-projection", "quick_gelu-vision-projection", "gelu-text-prefixed"}) {
    const auto fixture = Fixture::open("clip/" + folder);
    auto expected = test::shapes(fixture.weight_source("model"));
    expected.erase("text_model.embeddings.position_ids");
    EXPECT_EQ(test::shapes(*load_clip({}, test::clip_spec(fixture.config()), {{}, 1})), expected) << folder;
    EXPECT_EQ(test::shapes(*load(folder)), expected) << folder;
  }
}

TEST(Clip, AFolderWithoutLogitScaleTakesTheConfigurations) {
  const auto fixture = Fixture::open("clip/gelu");
  auto spec = test::clip_spec(fixture.config());
  spec.logit_scale_init = 2;
  const auto source = test::changed(fixture.weight_source("model"),
                                    [](const WeightEntry& entry) { return entry.name != "logit_scale"; });
  const auto clip = load_clip({}, spec, source);
  EXPECT_NEAR(clip->logit_scale(), std::exp(2.0), 1e-5);
  EXPECT_EQ(test::shapes(*clip).count("logit_scale"), 1u);
}

TEST(Clip, ChecksItsKeys) {
  const auto fixture = Fixture::open("clip/gelu");
  const auto load = [&](const WeightSource& source) {
    load_clip({}, test::clip_spec(fixture.config()), source);
  };
  for (const std::string key : {"text_model.encoder.layers.3.mlp.fc1.bias", "visual_projection.weight"}) {
    test::expect_key_is_checked(fixture.weight_source("model"), key, load);
  }
}

TEST(Clip, ARowsBitsDoNotDependOnItsPlaceWhenPadded) {
  const auto golden = Fixture::open("clip/quick_gelu");
  const auto clip = load("quick_gelu");
  const auto images = golden.tensor("pixel_values");
  const auto encode = [&](const at::Tensor& pixels) {
    return test::as_tensor(clip->encode_images(test::view(pixels), 3, true, {}));
  };
  const auto together = encode(images);
  const auto alone = encode(images.narrow(0, 1, 1).contiguous());
  const auto shuffled = encode(at::cat({images.flip(0), images}));
  EXPECT_TRUE(at::equal(alone[0], together[1]));
  EXPECT_TRUE(at::equal(shuffled.narrow(0, 0, 3).flip(0), together));
  EXPECT_TRUE(at::equal(shuffled.narrow(0, 3, 3), together));

  const auto ids = golden.tensor("input_ids");
  const auto texts = test::as_tensor(clip->encode_text(test::view(ids), 4, true, {}));
  const auto last = ids.narrow(0, 3, 1).contiguous();
  EXPECT_TRUE(at::equal(test::as_tensor(clip->encode_text(test::view(last), 4, true, {}))[0], texts[3]));
}

TEST(Clip, RefusesWhatItCannotEncode) {
  const auto golden = Fixture::open("clip/gelu");
  const auto clip = load("gelu");
  const auto code = [&](const std::function<void()>& f) {
    try {
      f();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  const auto small = at::zeros({1, 3, 28, 28});
  EXPECT_EQ(code([&] { clip->encode_images(test::view(small), 1, true, {}); }), ErrorCode::shape);
  const auto bytes = at::zeros({1, 3, 56, 56}, at::kByte);
  EXPECT_EQ(code([&] { clip->encode_images(test::view(bytes), 1, true, {}); }), ErrorCode::shape);
  const auto none = at::zeros({0, 3, 56, 56});
  EXPECT_EQ(code([&] { clip->encode_images(test::view(none), 1, true, {}); }), ErrorCode::shape);
  EXPECT_EQ(code([&] { clip->encode_images(test::view(golden.tensor("pixel_values")), 0, true, {}); }),
            ErrorCode::value);
  const auto unknown = at::full({1, 5}, 1000, at::kLong);
  EXPECT_EQ(code([&] { clip->encode_text(test::view(unknown), 1, true, {}); }), ErrorCode::value);
  const auto long_ids = at::zeros({1, 78}, at::kLong);
  EXPECT_EQ(code([&] { clip->encode_text(test::view(long_ids), 1, true, {}); }), ErrorCode::shape);
}

TEST(Clip, StopsBetweenBatchesAndReportsThem) {
  const auto golden = Fixture::open("clip/gelu");
  const auto clip = load("gelu");
  int32_t cancelled = 0;
  std::vector<int64_t> done;
  const JobControl control(&cancelled, [&](const Progress& progress) {
    EXPECT_EQ(progress.total, 3);
    done.push_back(progress.done);
    if (progress.done == 2) cancelled = 1;
  });
  EXPECT_THROW(clip->encode_images(test::view(golden.tensor("pixel_values")), 1, true, control), Error);
  EXPECT_EQ(done, (std::vector<int64_t>{1, 2}));
}

TEST(Clip, IsFrozenUntilATrainerWantsIt) {
  const auto golden = Fixture::open("clip/gelu");
  const auto clip = load("gelu");
  EXPECT_FALSE(clip->image_features(golden.tensor("pixel_values")).requires_grad());
  for (const auto& [name, parameter] : clip->store().parameters()) parameter.set_requires_grad(true);
  const auto loss = clip->text_features(golden.tensor("input_ids")).sum() * clip->logit_scale_parameter();
  EXPECT_GT(test::gradient(loss, clip->logit_scale_parameter()).abs().item<double>(), 0);
}

}  // namespace
}  // namespace synood::clip_test
