#include <utility>
#include <vector>

#include "diffusion/conditioning.h"
#include "diffusion/denoise.h"
#include "diffusion/diffusion.h"
#include "diffusion/latent_space.h"
#include "diffusion/text_conditioning.h"
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

  // The i-th of given draws (S, N, C, h, w).
  at::Tensor given(const TensorView& draws, int64_t i) const {
    expect_shape(draws, {-1, shape_[0], shape_[1], shape_[2], shape_[3]}, "step_noise (S, N, C, h, w)");
    if (i >= draws.shape[0]) {
      throw Error(ErrorCode::shape, "Expected step_noise for every step that draws, got " +
                                        std::to_string(draws.shape[0]) + ".");
    }
    return to_device(draws, device_, at::kFloat)[i];
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
                     std::shared_ptr<AutoencoderKlModel> vae, std::shared_ptr<ClipModel> text_encoder,
                     std::shared_ptr<ClipModel> text_encoder_2)
      : runtime_(runtime),
        unet_(std::move(unet)),
        vae_(std::move(vae)),
        text_encoder_(std::move(text_encoder)),
        text_encoder_2_(std::move(text_encoder_2)),
        nine_(takes_masked_image(unet_->spec(), vae_->spec())) {}

  Tensor inpaint(const InpaintRequest& request, const std::function<void(InpaintStep)>& on_step,
                 const JobControl& control) override {
    const at::NoGradGuard no_grad;
    check(request);
    control.check();
    const auto count = request.image.shape[0];
    const auto steps =
        request.timesteps.empty() ? request.steps : static_cast<int64_t>(request.timesteps.size());
    const auto first = first_step(steps, request.strength);
    const bool whole = request.strength == 1;
    const auto& vae = vae_->spec();
    const auto text = text_conditioning(request);

    const auto image = to_device(request.image, runtime_.device, at::kFloat);
    if (!at::isfinite(image).all().item<bool>()) {
      throw Error(ErrorCode::image, "Expected an image of finite numbers, got NaN or infinity among them.");
    }
    const auto mask = binary_mask(to_device(request.mask, runtime_.device, at::kFloat));
    const auto factor = vae_->scale_factor();
    Draws draws(request, {count, vae.latent_channels, image.size(2) / factor, image.size(3) / factor},
                runtime_.device);

    at::Tensor picture;
    if (!nine_ || !whole) {
      const auto e = posterior_noise(draws, request.image_noise, "image_noise");
      picture = sample_posterior(encode_moments(*vae_, runtime_, image), e, vae);
      control.check();
    }
    const auto noise = draws.next_or(request.noise, "noise");
    // Drawn for 4 channels too, whose masked image nobody reads: the draws of eta come after it.
    const auto masked_e = posterior_noise(draws, request.masked_image_noise, "masked_image_noise");
    const auto small_mask = latent_mask(mask, factor);
    at::Tensor extra;
    if (nine_) {
      const auto masked =
          sample_posterior(encode_moments(*vae_, runtime_, image * (mask < 0.5)), masked_e, vae);
      extra = at::cat({small_mask, masked}, 1);
    }

    int64_t drawn = 0;
    const auto scheduler = create_scheduler(request.scheduler, request.eta, [&](at::IntArrayRef shape) {
      return request.step_noise.empty() ? draws.draw(shape) : draws.given(request.step_noise, drawn++);
    });
    if (request.timesteps.empty()) {
      scheduler->set_timesteps(steps);
    } else {
      scheduler->set_custom_timesteps(request.timesteps);
    }
    const auto begin = first * scheduler->order();
    const auto start =
        whole ? noise * scheduler->init_noise_sigma() : scheduler->add_noise_at(picture, noise, begin);
    GuidedUnet unet(*unet_, runtime_, request.guidance_scale, text.prompt, text.negative, extra, text.added);
    unet.reuse_deep_features(request.cache_interval);
    const Blend blend = nine_ ? Blend{} : Blend{small_mask, picture, noise};
    AfterStep after;
    if (on_step) {
      const auto preview = std::dynamic_pointer_cast<AutoencoderKlModel>(request.preview);
      after = [&on_step, preview](int64_t done, int64_t total, double timestep, const at::Tensor& latents) {
        on_step(
            {done - 1, total, timestep, to_host(latents), preview ? decoded(*preview, latents) : Tensor()});
      };
    }
    const auto latents = denoise(*scheduler, begin, unet, start, blend, control, after);
    return decoded(*vae_, latents);
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

  static Tensor decoded(AutoencoderKlModel& vae, const at::Tensor& latents) {
    return to_host(to_unit_range(vae.decode_latents(unscale(latents, vae.spec()))));
  }

  // An encoder without a posterior makes no draw of it.
  at::Tensor posterior_noise(Draws& draws, const TensorView& given, const std::string& what) const {
    return vae_->spec().variational ? draws.next_or(given, what) : at::Tensor();
  }

  TextConditioning text_conditioning(const InpaintRequest& request) {
    return condition_on_text(request, *unet_, text_encoder_.get(), text_encoder_2_.get(), runtime_);
  }

  Runtime runtime_;
  std::shared_ptr<UnetModel> unet_;
  std::shared_ptr<AutoencoderKlModel> vae_;
  std::shared_ptr<ClipModel> text_encoder_, text_encoder_2_;
  bool nine_;
};

}  // namespace

std::shared_ptr<Inpainter> create_inpainter(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                            std::shared_ptr<AutoencoderKlModel> vae,
                                            std::shared_ptr<ClipModel> text_encoder,
                                            std::shared_ptr<ClipModel> text_encoder_2) {
  if (!unet || !vae) throw Error(ErrorCode::value, "Expected a denoiser and an autoencoder, got none.");
  return std::make_shared<DiffusionInpainter>(runtime, std::move(unet), std::move(vae),
                                              std::move(text_encoder), std::move(text_encoder_2));
}

}  // namespace synood
