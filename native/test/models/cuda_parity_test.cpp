#include <gtest/gtest.h>

#include "engine/device.h"
#include "models/models.h"
#include "test/support/model_checks.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::Fixture;

// The fixtures of diffusers and transformers, computed on a CUDA device. What may differ, as a share of the
// largest magnitude: float32 in another order of sums; half precision by its rounding, gathered over the
// layers.
struct Precision {
  const char* name;
  at::ScalarType type;
  double bound;
};

class CudaParity : public testing::TestWithParam<Precision> {
 protected:
  void SetUp() override {
    if (cuda_device_count() == 0) GTEST_SKIP() << "no CUDA device";
    // As an engine of float32 does.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
  static Runtime runtime() { return {at::Device(at::kCUDA, 0), GetParam().type}; }
  static at::Tensor on_device(const at::Tensor& x) { return x.to(at::kCUDA); }
  static void expect_same(const at::Tensor& found, const at::Tensor& expected) {
    EXPECT_LT(test::relative_difference(found.to(at::kCPU, at::kFloat), expected), GetParam().bound);
  }
};

TEST_P(CudaParity, Unet) {
  const at::NoGradGuard no_grad;
  for (const std::string folder : {"sd1-4ch", "sd2-9ch"}) {
    const auto golden = Fixture::open("unet/" + folder);
    const auto unet = load_unet(runtime(), test::unet_spec(golden.config()),
                                golden.weight_source("diffusion_pytorch_model"));
    const auto time = at::full({1}, golden.parameters().at("timestep").get<double>(), at::kFloat);
    expect_same(unet->forward(on_device(golden.tensor("sample")), on_device(time),
                              on_device(golden.tensor("encoder_hidden_states"))),
                golden.tensor("out"));
  }
}

TEST_P(CudaParity, AutoencoderAndItsGradient) {
  const auto golden = Fixture::open("vae/four-block");
  const auto vae = load_autoencoder_kl(runtime(), test::autoencoder_kl_spec(golden.config()),
                                       golden.weight_source("diffusion_pytorch_model"));
  const auto z = on_device(golden.tensor("z")).requires_grad_(true);
  const auto decoded = vae->decode_latents(z);
  expect_same(decoded.detach(), golden.tensor("decoded"));
  const auto loss = (decoded.to(at::kFloat) * on_device(golden.tensor("w"))).sum();
  expect_same(torch::autograd::grad({loss}, {z}).at(0), golden.tensor("grad_z"));
}

TEST_P(CudaParity, Clip) {
  const at::NoGradGuard no_grad;
  const auto golden = Fixture::open("clip/quick_gelu");
  const auto clip = load_clip(runtime(), test::clip_spec(golden.config()), golden.weight_source("model"));
  expect_same(clip->image_features(on_device(golden.tensor("pixel_values"))), golden.tensor("image_embeds"));
  expect_same(clip->text_features(on_device(golden.tensor("input_ids"))), golden.tensor("text_embeds"));
}

TEST_P(CudaParity, Classifier) {
  const at::NoGradGuard no_grad;
  const auto golden = Fixture::open("resnet/bottleneck");
  const auto model =
      load_classifier(runtime(), test::resnet_spec(golden.config()), golden.weight_source("model"));
  expect_same(model->forward(on_device(golden.tensor("pixel_values"))), golden.tensor("logits"));
}

INSTANTIATE_TEST_SUITE_P(Precisions, CudaParity,
                         testing::Values(Precision{"float32", at::kFloat, 1e-4},
                                         Precision{"float16", at::kHalf, 2e-2},
                                         Precision{"bfloat16", at::kBFloat16, 1e-1}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace synood
