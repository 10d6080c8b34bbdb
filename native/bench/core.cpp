// synood_bench <device> <dtype> <small|sd2> <threads>: the core alone, without Node and without a network:
// what a denoising is made of, with random weights, and each fused kernel beside LibTorch's own composition.
// One line of JSON a row:
//
//   {"row": name, "seconds": median, "composition": LibTorch's median where there is one, "shape": words}
//
// `small` is for trying the program; the figures are about sizes of `sd2`: Stable Diffusion 2's at 512x512.

#include <ATen/Parallel.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "bench/measure.h"
#include "detection/neg_label.h"
#include "diffusion/guidance.h"
#include "diffusion/scheduler.h"
#include "engine/cpu_cache.h"
#include "engine/device.h"
#include "engine/reproducible.h"
#include "models/models.h"
#include "nn/gated_gelu.h"
#include "nn/normalised.h"
#include "synood/error.h"

namespace {

using namespace synood;

struct Sizes {
  int64_t batch, side;  // pictures, a latent's side
  std::vector<int64_t> unet, heads, vae;
  int64_t context, labels, images;
};

const Sizes kSmall{1, 8, {32, 64, 64, 64}, {2, 4, 4, 4}, {32, 32, 64, 64}, 32, 1000, 64};
const Sizes kStableDiffusion2{8,     64,  {320, 640, 1280, 1280}, {5, 10, 20, 20}, {128, 256, 512, 512}, 1024,
                              10000, 4096};

UnetSpec unet_spec(const Sizes& sizes) {
  UnetSpec spec;
  spec.in_channels = 9;
  spec.block_out_channels = sizes.unet;
  spec.num_attention_heads = sizes.heads;
  spec.transformer_layers_per_block = {1, 1, 1, 1};
  spec.cross_attention_dim = sizes.context;
  spec.use_linear_projection = true;
  spec.down_block_types = {"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                           "DownBlock2D"};
  spec.up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"};
  return spec;
}

class Bench {
 public:
  Bench(Runtime runtime, const Sizes& sizes)
      : runtime_(runtime),
        sizes_(sizes),
        options_(at::TensorOptions().device(runtime.device).dtype(runtime.dtype)) {}

  void run() {
    denoiser();
    decoder();
    norm();
    gate();
    neg_label();
  }

 private:
  double median(const std::function<void()>& call) const {
    const auto seconds = bench::times(runtime_.device, 3, call);
    return seconds[seconds.size() / 2];
  }

  static std::string text(at::IntArrayRef shape) {
    std::string words;
    for (const auto size : shape) words += (words.empty() ? "" : "x") + std::to_string(size);
    return words;
  }

  static void tell(const char* row, const std::string& shape, double seconds, double composition = 0) {
    std::printf("{\"row\": \"%s\", \"shape\": \"%s\", \"seconds\": %.6g", row, shape.c_str(), seconds);
    if (composition > 0) std::printf(", \"composition\": %.6g", composition);
    std::printf("}\n");
    std::fflush(stdout);
  }

  // The step that a program repeats: both halves of the guidance, and DDIM.
  void denoiser() {
    const auto unet = load_unet(runtime_, unet_spec(sizes_), {});
    const auto wide = options_.dtype(at::kFloat);
    const auto n = sizes_.batch, side = sizes_.side;
    const auto prompt = at::randn({n, 77, sizes_.context}, wide),
               negative = at::randn({n, 77, sizes_.context}, wide);
    const GuidedUnet guided(*unet, runtime_, 7.5, prompt, negative, at::randn({n, 5, side, side}, wide));
    SchedulerSpec spec;
    spec.kind = "ddim";
    const auto scheduler = create_scheduler(spec);
    scheduler->set_timesteps(50);
    const auto latents = at::randn({n, 4, side, side}, wide);
    tell("denoising-step", text(latents.sizes()), median([&] {
           scheduler->guided_step(guided.outputs(latents, scheduler->timesteps()[0]), 0, latents);
         }));
  }

  void decoder() {
    AutoencoderKlSpec spec;
    spec.block_out_channels = sizes_.vae;
    const auto vae = load_autoencoder_kl(runtime_, spec, {});
    const auto latents = at::randn({1, 4, sizes_.side, sizes_.side}, options_);
    tell("vae-decode", text(latents.sizes()), median([&] { vae->decode_latents(latents); }));
  }

  void norm() {
    const auto channels = sizes_.unet[0];
    const auto x = at::randn({2 * sizes_.batch, channels, sizes_.side, sizes_.side}, options_)
                       .contiguous(at::MemoryFormat::ChannelsLast);
    const auto weight = at::randn({channels}, options_), bias = at::randn({channels}, options_);
    tell("group-norm-silu", text(x.sizes()), median([&] { normalised(x, weight, bias, 32, 1e-5, true); }),
         median([&] { at::silu(at::group_norm(x, 32, weight, bias, 1e-5)); }));
  }

  void gate() {
    const auto width = 4 * sizes_.unet[0];
    const auto x = at::randn({2 * sizes_.batch, sizes_.side * sizes_.side, 2 * width}, options_);
    tell("geglu", text(x.sizes()), median([&] { gated_gelu(x); }), median([&] {
           const auto halves = x.chunk(2, -1);
           halves[0] * at::gelu(halves[1]);
         }));
  }

  void neg_label() {
    const auto unit = [&](int64_t rows) {
      const auto x = at::randn({rows, 512}, options_.dtype(at::kFloat));
      return x / x.norm(2, {1}, /*keepdim=*/true);
    };
    const auto features = unit(sizes_.images), inner = unit(1000), outer = unit(sizes_.labels);
    tell("neg-label", text({sizes_.images, 1000 + sizes_.labels}),
         median([&] { neg_label_score(features, inner, outer, 100, 0.01, {}); }));
  }

  Runtime runtime_;
  Sizes sizes_;
  at::TensorOptions options_;
};

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto given = [&](int i, const char* otherwise) {
      return std::string(i < count ? arguments[i] : otherwise);
    };
    ask_for_reproducible_products();
    Runtime runtime{parse_device(given(1, "cpu")), at::kFloat};
    runtime.dtype = parse_dtype(given(2, "float32"), runtime.device);
    if (runtime.device.is_cpu()) use_cpu_cache();
    const auto size = given(3, "small");
    if (size != "small" && size != "sd2") {
      throw Error(ErrorCode::config, "Expected the sizes 'small' or 'sd2', got '" + size + "'.");
    }
    if (const int threads = std::atoi(given(4, "0").c_str()); threads > 0) at::set_num_threads(threads);
    const at::NoGradGuard no_grad;
    Bench(runtime, size == "small" ? kSmall : kStableDiffusion2).run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "synood_bench: %s\n", error.what());
    return 1;
  }
}
