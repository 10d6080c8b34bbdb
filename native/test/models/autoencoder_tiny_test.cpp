#include <gtest/gtest.h>

#include "models/models.h"
#include "test/support/gradient.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood::autoencoder_tiny_test {
namespace {

using test::difference;
using test::Fixture;

constexpr double kTolerance = 1e-4;
const std::string kStem = "diffusion_pytorch_model";

class AutoencoderTinyParity : public testing::Test {
 protected:
  Fixture golden = Fixture::open("vae/tiny");
  AutoencoderTinySpec spec = test::autoencoder_tiny_spec(golden.config());
  std::shared_ptr<AutoencoderKlModel> load(const WeightSource& source) {
    return load_autoencoder_tiny({}, spec, source);
  }
  std::shared_ptr<AutoencoderKlModel> vae = load(golden.weight_source(kStem));
};

TEST_F(AutoencoderTinyParity, EncodesAndDecodesAsDiffusers) {
  const auto encoded = test::as_tensor(vae->encode(test::view(golden.tensor("pixels")), 1, {}));
  EXPECT_LT(difference(encoded, golden.tensor("encoded")), kTolerance);
  const auto z = golden.tensor("z").contiguous();
  EXPECT_LT(difference(test::as_tensor(vae->decode(test::view(z), 2, {})), golden.tensor("decoded")),
            kTolerance);
  EXPECT_EQ(vae->scale_factor(), golden.parameters().at("vae_scale_factor").get<int64_t>());
  EXPECT_FALSE(vae->spec().variational);
}

TEST_F(AutoencoderTinyParity, GradientOfTheDecoderMatchesAutograd) {
  const auto z = test::as_leaf(golden.tensor("z"));
  const auto found = test::gradient((vae->decode_latents(z) * golden.tensor("w")).sum(), z);
  EXPECT_LT(test::relative_difference(found, golden.tensor("grad_z")), kTolerance);
}

TEST_F(AutoencoderTinyParity, StateHasTheKeysOfTheFormat) {
  const auto expected = test::shapes(golden.weight_source(kStem));
  EXPECT_EQ(test::shapes(*load({{}, 1})), expected);
  test::expect_key_is_checked(golden.weight_source(kStem), "decoder.layers.2.conv.0.weight",
                              [this](const WeightSource& source) { load(source); });
}

TEST_F(AutoencoderTinyParity, ARowsBitsDoNotDependOnItsPlace) {
  const at::NoGradGuard no_grad;
  const auto& z = golden.tensor("z");
  EXPECT_TRUE(at::equal(vae->decode_latents(z), vae->decode_latents(z.flip(0)).flip(0)));
  const auto& x = golden.tensor("pixels");
  EXPECT_TRUE(at::equal(vae->moments(x), vae->moments(x.flip(0)).flip(0)));
}

TEST_F(AutoencoderTinyParity, RefusesStagesThatDoNotFit) {
  spec.encoder_block_out_channels = {8, 16, 8};
  EXPECT_THROW(load({{}, 1}), Error);
  spec = test::autoencoder_tiny_spec(golden.config());
  spec.num_decoder_blocks = {2, 1};
  EXPECT_THROW(load({{}, 1}), Error);
}

}  // namespace
}  // namespace synood::autoencoder_tiny_test
