#include <utility>
#include <vector>

#include "diffusion/conditioning.h"
#include "diffusion/denoise.h"
#include "diffusion/diffusion.h"
#include "diffusion/latent_space.h"
#include "diffusion/timesteps.h"
#include "engine/convert.h"
#include "engine/random.h"

namespace synood {
namespace {

// Each sample's own stream, in diffusers' order for a list of generators.
class Draws {
 public:
  Draws(const InpaintRequest& request, std::vector<int64_t> shape, at::Device device)
      : shape_(std::move(shape)), device_(device) {
    for (const auto seed : request.seeds) streams_.emplace_back(seed);
  }

  at::Tensor next() { return draw(shape_); }

  at::Tensor draw(at::IntArrayRef shape) {
    auto one = shape.vec();
    one[0] = 1;
    std::vector<at::Tensor> rows;
    for (auto& stream : streams_) rows.push_back(stream.normal(one));
    return at::cat(rows).to(device_);
  }

  // The given numbers in place of a draw, which is not made.
  at::Tensor next_or(const TensorView& given, const std::string& what) {
    if (given.empty()) return next();
    expect_shape(given, {shape_[0], shape_[1], shape_[2], shape_[3]}, what + " " + shape_text(shape_));
    return to_device(given, device_, at::kFloat);
  }

 private:
  std::vector<int64_t> shape_;
  at::Device device_;
  std::vector<SampleRandom> streams_;
};

class DiffusionInpainter final : public Inpainter {
 public:
  DiffusionInpainter(Runtime runtime, std::shared_ptr<UnetModel> unet,
                     std::shared_ptr<AutoencoderKlModel> vae, std::shared_ptr<ClipModel> text_encoder)
      : runtime_(runtime),
        unet_(std::move(unet)),
        vae_(std::move(vae)),
        text_encoder_(std::move(text_encoder)),
        nine_(takes_masked_image(unet_->spec(), vae_->spec())) {}

  Tensor inpaint(const InpaintRequest& request, const std::function<void(InpaintStep)>& on_step,
                 const JobControl& control) override {
    const at::NoGradGuard no_grad;
    check(request);
    control.check();
    const auto count = request.image.shape[0];
    const auto first = first_step(request.steps, request.strength);
    const bool whole = request.strength == 1;
    const auto& vae = vae_->spec();
    const auto prompt = conditioning(request.ids, request.prompt_embeds, count, "prompt");
    const auto negative =
        request.guidance_scale > 1
            ? conditioning(request.negative_ids, request.negative_embeds, count, "negative prompt")
            : at::Tensor();

    const auto image = to_device(request.image, runtime_.device, at::kFloat);
    const auto mask = binary_mask(to_device(request.mask, runtime_.device, at::kFloat));
    const auto factor = vae_->scale_factor();
    Draws draws(request, {count, vae.latent_channels, image.size(2) / factor, image.size(3) / factor},
                runtime_.device);

    at::Tensor picture;
    if (!nine_ || !whole) {
      const auto e = draws.next_or(request.image_noise, "image_noise");
      picture = sample_posterior(encode_moments(*vae_, runtime_, image), e, vae);
      control.check();
    }
    const auto noise = draws.next_or(request.noise, "noise");
    // Drawn for 4 channels too, whose masked image nobody reads: the draws of eta come after it.
    const auto masked_e = draws.next_or(request.masked_image_noise, "masked_image_noise");
    const auto small_mask = latent_mask(mask, factor);
    at::Tensor extra;
    if (nine_) {
      const auto masked =
          sample_posterior(encode_moments(*vae_, runtime_, image * (mask < 0.5)), masked_e, vae);
      extra = at::cat({small_mask, masked}, 1);
    }

    const auto scheduler = create_scheduler(request.scheduler, request.eta,
                                            [&](at::IntArrayRef shape) { return draws.draw(shape); });
    scheduler->set_timesteps(request.steps);
    const auto begin = first * scheduler->order();
    const auto start = whole ? noise * scheduler->init_noise_sigma()
                             : scheduler->add_noise(picture, noise, scheduler->timesteps().at(begin));
    const GuidedUnet unet(*unet_, runtime_, request.guidance_scale, prompt, negative, extra);
    const Blend blend = nine_ ? Blend{} : Blend{small_mask, picture, noise};
    AfterStep after;
    if (on_step) {
      after = [&](int64_t done, int64_t total, int64_t timestep, const at::Tensor& latents) {
        on_step({done - 1, total, static_cast<double>(timestep), to_host(latents)});
      };
    }
    const auto latents = denoise(*scheduler, begin, unet, start, blend, control, after);
    return to_host(to_unit_range(vae_->decode_latents(unscale(latents, vae).to(runtime_.dtype))));
  }

 private:
  void check(const InpaintRequest& request) const {
    expect_shape(request.image, {-1, 3, -1, -1}, "image (N, 3, H, W)");
    const auto& shape = request.image.shape;
    expect_shape(request.mask, {shape[0], 1, shape[2], shape[3]},
                 "mask " + shape_text({shape[0], 1, shape[2], shape[3]}) + " as the image's size asks");
    check_picture_size(shape[2], shape[3], *vae_);
    if (shape[0] < 1 || static_cast<int64_t>(request.seeds.size()) != shape[0]) {
      throw Error(ErrorCode::shape, "Expected one seed an image, got " +
                                        std::to_string(request.seeds.size()) + " seeds for " +
                                        std::to_string(shape[0]) + " images.");
    }
  }

  at::Tensor conditioning(const TensorView& ids, const TensorView& embeds, int64_t count,
                          const std::string& what) {
    auto states = encode_prompt(text_encoder_.get(), runtime_, ids, embeds, unet_->spec(), what);
    if (states.size(0) != count) {
      throw Error(ErrorCode::shape, "Expected one " + what + " an image (" + std::to_string(count) +
                                        "), got " + std::to_string(states.size(0)) + ".");
    }
    return states;
  }

  Runtime runtime_;
  std::shared_ptr<UnetModel> unet_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  std::shared_ptr<ClipModel> text_encoder_;
  bool nine_;
};

}  // namespace

std::shared_ptr<Inpainter> create_inpainter(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                            std::shared_ptr<AutoencoderKlModel> vae,
                                            std::shared_ptr<ClipModel> text_encoder) {
  if (!unet || !vae) throw Error(ErrorCode::value, "Expected a denoiser and an autoencoder, got none.");
  return std::make_shared<DiffusionInpainter>(runtime, std::move(unet), std::move(vae),
                                              std::move(text_encoder));
}

}  // namespace synood
