#include "synthesis/placing.h"

#include "diffusion/conditioning.h"
#include "diffusion/latent_space.h"
#include "engine/convert.h"
#include "engine/random.h"
#include "synood/error.h"
#include "synthesis/batch_of_one.h"

namespace synood {
Placing::Placing(Runtime runtime, UnetModel& unet, AutoencoderKlModel& vae, ClipModel* text_encoder,
                 ClipModel* text_encoder_2, const SynthesisOptions& options)
    : runtime_(runtime),
      unet_(unet),
      vae_(vae),
      prompts_(runtime, unet.spec(), text_encoder, text_encoder_2),
      height_(options.height),
      width_(options.width),
      guided_(options.guidance_scale > 1),
      masked_(takes_masked_image(unet.spec(), vae.spec())) {
  check_picture_size(height_, width_, vae);
}

Slot Placing::prepare(const SynthesisItem& item) {
  const auto size = shape_text({height_, width_});
  expect_shape(item.image, {3, height_, width_}, "the image of '" + item.id + "' as (3, H, W) of " + size);
  expect_shape(item.mask, {1, height_, width_}, "the mask of '" + item.id + "' as (1, H, W) of " + size);
  Slot slot;
  slot.used = true;
  slot.seed = item.seed;
  slot.prompt = prompts_.prompt(item);
  if (guided_) slot.negative = prompts_.negative_prompt(item, slot.prompt);
  const auto length = slot.prompt.states.size(1);
  if ((prompt_length_ != 0 && length != prompt_length_) ||
      (guided_ && slot.negative.states.size(1) != length)) {
    throw Error(ErrorCode::shape, "Expected every prompt of one length, got " + std::to_string(length) +
                                      " tokens for '" + item.id + "': pad all prompts alike.");
  }

  const auto image = to_device(batch_of_one(item.image), runtime_.device, at::kFloat);
  const auto mask = binary_mask(to_device(batch_of_one(item.mask), runtime_.device, at::kFloat));
  slot.mask = latent_mask(mask, vae_.scale_factor());
  SampleRandom random(item.seed);
  const auto posterior = draw_or(item.image_noise, random, "image_noise");
  slot.picture = sample_posterior(encode_moments(vae_, runtime_, image), posterior, vae_.spec());
  slot.noise = draw_or(item.noise, random, "noise");
  if (masked_) slot.masked_moments = masked_moments(image, mask);
  if (!item.masked_image_noise.empty()) {
    const auto& shape = slot.noise.sizes();
    expect_shape(item.masked_image_noise, {-1, shape[1], shape[2], shape[3]},
                 "masked_image_noise (I, C, h, w)");
    slot.masked_noise = to_device(item.masked_image_noise, runtime_.device, at::kFloat);
  }
  prompt_length_ = length;
  return slot;
}

at::Tensor Placing::masked_latents(const Slot& slot, int64_t iteration) const {
  at::Tensor noise;
  if (slot.masked_noise.defined() && iteration <= slot.masked_noise.size(0)) {
    noise = slot.masked_noise.slice(0, iteration - 1, iteration);
  } else {
    SampleRandom random(derive_seed(slot.seed, static_cast<uint64_t>(iteration)));
    noise = random.normal(slot.noise.sizes()).to(runtime_.device);
  }
  return sample_posterior(slot.masked_moments, noise, vae_.spec());
}

at::Tensor Placing::draw_or(const TensorView& given, SampleRandom& random, const char* what) const {
  const auto channels = vae_.spec().latent_channels;
  const auto h = height_ / vae_.scale_factor(), w = width_ / vae_.scale_factor();
  if (given.empty()) return random.normal({1, channels, h, w}).to(runtime_.device);
  expect_shape(given, {channels, h, w}, std::string(what) + " (C, h, w)");
  return to_device(batch_of_one(given), runtime_.device, at::kFloat);
}

at::Tensor Placing::masked_moments(const at::Tensor& image, const at::Tensor& mask) {
  if (!mask.all().item<bool>()) return encode_moments(vae_, runtime_, image * (mask < 0.5));
  if (!grey_moments_.defined()) grey_moments_ = encode_moments(vae_, runtime_, at::zeros_like(image));
  return grey_moments_;
}

}  // namespace synood
