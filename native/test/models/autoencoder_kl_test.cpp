#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

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

class AutoencoderKlParity : public testing::TestWithParam<std::string> {
 protected:
  Fixture golden = Fixture::open("vae/" + GetParam());
  AutoencoderKlSpec spec = test::autoencoder_kl_spec(golden.config());
  std::shared_ptr<AutoencoderKlModel> load(const WeightSource& source) {
    return load_autoencoder_kl({}, spec, source);
  }
  std::shared_ptr<AutoencoderKlModel> vae = load(golden.weight_source(kStem));
};

TEST_P(AutoencoderKlParity, EncodesAndDecodesAsDiffusers) {
  const auto moments = test::as_tensor(vae->encode(test::view(golden.tensor("pixels")), 1, {}));
  EXPECT_LT(difference(moments.chunk(2, 1)[0], golden.tensor("mean")), kTolerance);
  EXPECT_LT(difference(moments.chunk(2, 1)[1], golden.tensor("logvar")), kTolerance);
  const auto z = golden.tensor("z").contiguous();
  EXPECT_LT(difference(test::as_tensor(vae->decode(test::view(z), 2, {})), golden.tensor("decoded")),
            kTolerance);
  EXPECT_EQ(vae->scale_factor(), golden.parameters().at("vae_scale_factor").get<int64_t>());
}

TEST_P(AutoencoderKlParity, GradientOfTheDecoderMatchesAutogradWithAndWithoutCheckpoints) {
  at::Tensor plain;
  for (const bool checkpointing : {false, true}) {
    vae->set_gradient_checkpointing(checkpointing);
    const auto z = test::as_leaf(golden.tensor("z"));
    const auto found = test::gradient((vae->decode_latents(z) * golden.tensor("w")).sum(), z);
    EXPECT_LT(test::relative_difference(found, golden.tensor("grad_z")), kTolerance);
    if (checkpointing) {
      EXPECT_TRUE(at::equal(found, plain));
    }
    plain = found;
  }
}

TEST_P(AutoencoderKlParity, CheckpointsGiveParametersTheSameGradients) {
  std::vector<at::Tensor> trained;
  for (const auto& [name, parameter] : vae->store().parameters()) {
    trained.push_back(parameter.set_requires_grad(true));
  }
  const auto gradients = [&](bool checkpointing) {
    vae->set_gradient_checkpointing(checkpointing);
    const auto moments = vae->moments(golden.tensor("pixels"));
    const auto loss =
        (vae->decode_latents(moments.chunk(2, 1)[0]) * golden.tensor("w")).sum() + moments.sum();
    return torch::autograd::grad({loss}, trained);
  };
  const auto plain = gradients(false), checkpointed = gradients(true);
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_TRUE(at::equal(plain[i], checkpointed[i])) << vae->store().parameters()[i].first;
  }
}

TEST_P(AutoencoderKlParity, StateHasTheKeysOfTheFormat) {
  const auto expected = test::shapes(golden.weight_source(kStem));
  EXPECT_EQ(test::shapes(*load({{}, 1})), expected);
  EXPECT_EQ(test::shapes(*vae), expected);
}

TEST_P(AutoencoderKlParity, AcceptsTheOldNamesOfAttentionLayers) {
  const std::map<std::string, std::string> old{
      {".to_q.", ".query."}, {".to_k.", ".key."}, {".to_v.", ".value."}, {".to_out.0.", ".proj_attn."}};
  int renamed = 0;
  const auto source = test::changed(golden.weight_source(kStem), [&](WeightEntry& entry) {
    for (const auto& [now, before] : old) {
      const auto place = entry.name.find(now);
      if (place == std::string::npos) continue;
      entry.name.replace(place, now.size(), before);
      ++renamed;
    }
    return true;
  });
  EXPECT_EQ(renamed, 16);
  const auto z = golden.tensor("z");
  EXPECT_TRUE(at::equal(load(source)->decode_latents(z), vae->decode_latents(z)));
}

TEST_P(AutoencoderKlParity, ARowsBitsDoNotDependOnItsPlace) {
  const auto z = golden.tensor("z").contiguous();
  const auto decode = [&](const at::Tensor& latents) {
    return test::as_tensor(vae->decode(test::view(latents), 2, {}));
  };
  const auto together = decode(z), swapped = decode(z.flip(0).contiguous());
  EXPECT_TRUE(at::equal(together, swapped.flip(0)));
  EXPECT_TRUE(at::equal(decode(z.narrow(0, 1, 1).contiguous())[0], together[1]));
}

TEST_P(AutoencoderKlParity, ChecksKeysAndShapes) {
  test::expect_key_is_checked(golden.weight_source(kStem), "decoder.mid_block.attentions.0.to_q.weight",
                              [this](const WeightSource& source) { load(source); });
  const auto odd = at::zeros({1, 3, 2 * vae->scale_factor() + 1, 2 * vae->scale_factor()});
  EXPECT_THROW(vae->encode(test::view(odd), 1, {}), Error);
  const auto wide = at::zeros({1, 5, 4, 4});
  EXPECT_THROW(vae->decode(test::view(wide), 1, {}), Error);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, AutoencoderKlParity, testing::Values("two-block", "four-block"),
                         [](const auto& info) {
                           return std::string(info.param == "two-block" ? "two" : "four");
                         });

}  // namespace
}  // namespace synood
