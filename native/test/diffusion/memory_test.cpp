#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "diffusion/diffusion.h"
#include "engine/cpu_cache.h"
#include "test/support/resident_memory.h"
#include "test/support/specs.h"

namespace synood {
namespace {

using test::Fixture;

// Two denoising steps of a tiny 9-channel pipeline, picture to picture.
class DenoisingMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (test::resident_memory() == 0) GTEST_SKIP() << "no /proc";
    use_cpu_cache();
  }

  const std::string folder = "inpaint/pipeline-9ch/";
  template <typename Load, typename Spec>
  auto load(const std::string& part, const std::string& stem, Load load, Spec spec) {
    const auto fixture = Fixture::open(folder + part);
    return load(Runtime{}, spec(fixture.config()), fixture.weight_source(stem));
  }
};

TEST_F(DenoisingMemory, StaysOverTwoHundredRuns) {
  const auto unet = load("unet", "diffusion_pytorch_model", load_unet, test::unet_spec);
  const auto vae = load("vae", "diffusion_pytorch_model", load_autoencoder_kl, test::autoencoder_kl_spec);
  const auto inpainter = create_inpainter({}, unet, vae, nullptr, nullptr);
  const auto size = 16 * vae->scale_factor();
  const auto image = at::rand({2, 3, size, size}) * 2 - 1, mask = at::ones({2, 1, size, size});
  const auto text = at::randn({2, 7, unet->spec().cross_attention_dim});
  InpaintRequest request;
  request.image = test::view(image);
  request.mask = test::view(mask);
  request.prompt_embeds = request.negative_embeds = test::view(text);
  request.steps = 2;
  request.seeds = {1, 2};
  const auto run = [&](int times) {
    for (int i = 0; i < times; ++i) inpainter->inpaint(request, {}, {});
  };
  run(20);
  const auto before = test::resident_memory();
  run(200);
  const auto growth = test::resident_memory() - before;
  std::printf("[ memory   ] %lld KiB more after 200 denoising runs\n", static_cast<long long>(growth / 1024));
  // What the C library's heap moves by; a latent that stayed each time would be as much.
  EXPECT_LT(growth, 2 << 20);
}

TEST_F(DenoisingMemory, OfAModelThatIsGoneGoesBack) {
  UnetSpec spec;
  spec.block_out_channels = {256, 256};
  spec.num_attention_heads = {4, 4};
  spec.transformer_layers_per_block = {1, 1};
  spec.down_block_types = {"CrossAttnDownBlock2D", "DownBlock2D"};
  spec.up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D"};
  const auto before = test::resident_memory();
  int64_t bytes = 0, during = 0;
  {
    const at::NoGradGuard no_grad;
    const auto unet = load_unet({}, spec, {});
    unet->forward(at::randn({1, 4, 16, 16}), at::full({1}, 5.0), at::randn({1, 7, 768}));
    bytes = unet->bytes();
    during = test::resident_memory();
  }
  ASSERT_GT(during - before, bytes / 2);
  EXPECT_LT(test::resident_memory() - before, bytes / 4) << "of " << bytes;
}

}  // namespace
}  // namespace synood
