#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>

#include "models/models.h"
#include "synood/tensor.h"

namespace synood {

// A prompt as the denoiser takes it, float32: `embeds` (N, L, D) as they are, or the text encoder's last
// hidden states of `ids` (N, L), one prompt at a time so that its bits don't depend on the others. `what`
// names the argument.
at::Tensor encode_prompt(ClipModel* text_encoder, Runtime runtime, const TensorView& ids,
                         const TensorView& embeds, const UnetSpec& unet, const std::string& what);

// A prompt of Stable Diffusion XL: both encoders' penultimate hidden states side by side (N, L, D1 + D2), and
// the second one's pooled and projected text (N, P); float32.
struct PooledPrompt {
  at::Tensor states, pooled;
};

// The same as encode_prompt for two encoders: `embeds` and `pooled` as they are, or of `ids` and `ids_2`.
PooledPrompt encode_pooled_prompt(ClipModel* text_encoder, ClipModel* text_encoder_2, Runtime runtime,
                                  const TensorView& ids, const TensorView& ids_2, const TensorView& embeds,
                                  const TensorView& pooled, const UnetSpec& unet, const std::string& what);

// (count, 6), what Stable Diffusion XL is told of a whole picture: original height and width, top and left of
// the crop, target height and width.
at::Tensor picture_sizes(int64_t height, int64_t width, int64_t count, Runtime runtime);

// pixels (N, 3, H, W) in [-1, 1] -> moments (N, 2C, h, w) float32, one image at a time for the same reason.
at::Tensor encode_moments(AutoencoderKlModel& vae, Runtime runtime, const at::Tensor& pixels);

// Whether a picture's size suits the models; ERR_SHAPE tells the multiple that it must be of.
void check_picture_size(int64_t height, int64_t width, const AutoencoderKlModel& vae);

// How a denoiser takes the picture: 9 channels hold mask and masked image, 4 need blending. Anything else is
// an ERR_MODEL_FORMAT.
bool takes_masked_image(const UnetSpec& unet, const AutoencoderKlSpec& vae);

}  // namespace synood
