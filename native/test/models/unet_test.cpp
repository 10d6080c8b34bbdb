#include <gtest/gtest.h>

#include "models/models.h"
#include "test/support/gradient.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::difference;
using test::Fixture;

constexpr double kTolerance = 1e-4;
const std::string kStem = "diffusion_pytorch_model";

class UnetParity : public testing::TestWithParam<std::string> {
 protected:
  Fixture golden = Fixture::open("unet/" + GetParam());
  UnetSpec spec = test::unet_spec(golden.config());
  std::shared_ptr<UnetModel> unet = load_unet({}, spec, golden.weight_source(kStem));
  const at::Tensor& sample = golden.tensor("sample");
  const at::Tensor& text = golden.tensor("encoder_hidden_states");
  at::Tensor timestep = at::full({1}, golden.parameters().at("timestep").get<double>(), at::kFloat);

  // What this variant takes beside the text, its rows in order or the other way round.
  UnetAdded added(bool flipped = false) const {
    const auto part = [&](const char* name) {
      if (!golden.has(name)) return at::Tensor();
      return flipped ? golden.tensor(name).flip(0) : golden.tensor(name);
    };
    return {part("text_embeds"), part("time_ids"), part("timestep_cond")};
  }
  UnetConditions conditions() const {
    const auto part = [&](const char* name) {
      return golden.has(name) ? test::view(golden.tensor(name)) : TensorView{};
    };
    return {part("text_embeds"), part("time_ids"), part("timestep_cond")};
  }
};

TEST_P(UnetParity, PredictsAsDiffusers) {
  const auto both = timestep.expand({2}).contiguous();
  const auto out =
      unet->predict_conditioned(test::view(sample), test::view(both), test::view(text), conditions());
  EXPECT_LT(difference(test::as_tensor(out), golden.tensor("out")), kTolerance);
  const auto per_row = unet->predict_conditioned(test::view(sample), test::view(golden.tensor("timesteps")),
                                                 test::view(text), conditions());
  EXPECT_LT(difference(test::as_tensor(per_row), golden.tensor("out_per_row")), kTolerance);
}

TEST_P(UnetParity, GradientMatchesAutograd) {
  const auto leaf = test::as_leaf(sample);
  const auto found =
      test::gradient((unet->forward_with(leaf, timestep, text, added()) * golden.tensor("w")).sum(), leaf);
  EXPECT_LT(test::relative_difference(found, golden.tensor("grad_sample")), kTolerance);
}

TEST_P(UnetParity, StateHasTheKeysOfTheFormat) {
  const auto expected = test::shapes(golden.weight_source(kStem));
  EXPECT_EQ(test::shapes(*load_unet({}, spec, {{}, 1})), expected);
  EXPECT_EQ(test::shapes(*unet), expected);
}

TEST_P(UnetParity, ARowsBitsDoNotDependOnItsPlace) {
  const at::NoGradGuard no_grad;
  const auto together = unet->forward_with(sample, golden.tensor("timesteps"), text, added());
  const auto swapped =
      unet->forward_with(sample.flip(0), golden.tensor("timesteps").flip(0), text.flip(0), added(true));
  EXPECT_TRUE(at::equal(together, swapped.flip(0)));
}

TEST_P(UnetParity, ComesBackToSizesThatDoNotHalveEvenly) {
  const at::NoGradGuard no_grad;
  const auto odd = sample.narrow(2, 0, 15).narrow(3, 0, 13);
  EXPECT_EQ(unet->forward_with(odd, timestep, text, added()).sizes(), at::IntArrayRef({2, 4, 15, 13}));
}

TEST_P(UnetParity, ChecksKeysAndShapes) {
  test::expect_key_is_checked(golden.weight_source(kStem), "mid_block.attentions.0.proj_in.weight",
                              [this](const WeightSource& source) { load_unet({}, spec, source); });
  const auto one = timestep.contiguous();
  EXPECT_THROW(unet->predict(test::view(sample), test::view(one), test::view(text)), Error);
  const auto narrow = text.narrow(2, 0, 8).contiguous();
  EXPECT_THROW(unet->predict(test::view(sample), test::view(golden.tensor("timesteps")), test::view(narrow)),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, UnetParity,
                         testing::Values("sd1-4ch", "sd1-9ch", "sd2-4ch", "sd2-9ch", "lcm-4ch", "xl-9ch"),
                         [](const auto& info) {
                           auto name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Unet, SaysWhichConditionsItNeeds) {
  const auto golden = Fixture::open("unet/xl-9ch");
  const auto unet = load_unet({}, test::unet_spec(golden.config()), golden.weight_source(kStem));
  const auto sample = test::view(golden.tensor("sample")),
             text = test::view(golden.tensor("encoder_hidden_states")),
             times = test::view(golden.tensor("timesteps"));
  const auto message = [&](const UnetConditions& conditions) -> std::string {
    try {
      unet->predict_conditioned(sample, times, text, conditions);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message({}).find("text_embeds and time_ids"), std::string::npos);
  const auto narrow = golden.tensor("text_embeds").narrow(1, 0, 8).contiguous();
  EXPECT_NE(message({test::view(narrow), test::view(golden.tensor("time_ids")), {}})
                .find("projection_class_embeddings_input_dim"),
            std::string::npos);
}

TEST(Unet, RefusesArchitecturesThatCannotBeBuilt) {
  const auto spec = test::unet_spec(Fixture::open("unet/sd2-9ch").config());
  const auto expect_refused = [&](const std::string& word, const std::function<void(UnetSpec&)>& change) {
    auto wrong = spec;
    change(wrong);
    try {
      load_unet({}, wrong, {{}, 1});
      ADD_FAILURE() << "built in spite of " << word;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::model_format) << error.what();
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
  };
  expect_refused("'AttnDownBlock2D'", [](UnetSpec& s) { s.down_block_types[0] = "AttnDownBlock2D"; });
  expect_refused("up_block_types", [](UnetSpec& s) { s.up_block_types.pop_back(); });
  expect_refused("num_attention_heads", [](UnetSpec& s) { s.num_attention_heads.clear(); });
  expect_refused("attention heads", [](UnetSpec& s) { s.num_attention_heads[0] = 3; });
  expect_refused("norm_num_groups", [](UnetSpec& s) { s.norm_num_groups = 5; });
  expect_refused("block_out_channels", [](UnetSpec& s) { s.block_out_channels[1] = 0; });
}

}  // namespace
}  // namespace synood
