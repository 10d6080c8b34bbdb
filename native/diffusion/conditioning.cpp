#include "diffusion/conditioning.h"

#include <vector>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {

at::Tensor encode_prompt(ClipModel* text_encoder, Runtime runtime, const TensorView& ids,
                         const TensorView& embeds, const UnetSpec& unet, const std::string& what) {
  at::Tensor states;
  if (!embeds.empty()) {
    expect_shape(embeds, {-1, -1, -1}, what + " embeddings (N, L, cross_attention_dim)");
    states = to_device(embeds, runtime.device, at::kFloat);
  } else {
    expect_shape(ids, {-1, -1}, what + " ids (N, L)");
    expect_type(ids, ElementType::i64, what + " ids as int64");
    if (text_encoder == nullptr) {
      throw Error(ErrorCode::value,
                  "The " + what + " came as ids, but this model has no text encoder: give embeddings.");
    }
    const auto tokens = to_device(ids, runtime.device, at::kLong);
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < tokens.size(0); ++i) {
      rows.push_back(text_encoder->hidden_states(tokens.slice(0, i, i + 1)).to(at::kFloat));
    }
    states = at::cat(rows);
  }
  if (states.size(2) != unet.cross_attention_dim) {
    throw Error(ErrorCode::shape,
                "Expected " + what + " embeddings of width " + std::to_string(unet.cross_attention_dim) +
                    " (the denoiser's cross_attention_dim), got " + shape_text(states.sizes()) + ".");
  }
  return states;
}

at::Tensor encode_moments(AutoencoderKlModel& vae, Runtime runtime, const at::Tensor& pixels) {
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < pixels.size(0); ++i) {
    rows.push_back(vae.moments(pixels.slice(0, i, i + 1).to(runtime.dtype)).to(at::kFloat));
  }
  return at::cat(rows);
}

void check_picture_size(int64_t height, int64_t width, const AutoencoderKlModel& vae) {
  const auto factor = vae.scale_factor();
  if (height < factor || width < factor || height % factor != 0 || width % factor != 0) {
    throw Error(ErrorCode::shape, "Expected a height and width that divide by " + std::to_string(factor) +
                                      ", got " + std::to_string(height) + "x" + std::to_string(width) + ".");
  }
}

bool takes_masked_image(const UnetSpec& unet, const AutoencoderKlSpec& vae) {
  const auto latent = vae.latent_channels;
  if (unet.out_channels == latent && unet.in_channels == latent) return false;
  if (unet.out_channels == latent && unet.in_channels == 2 * latent + 1) return true;
  throw Error(ErrorCode::model_format,
              "Expected a denoiser with " + std::to_string(latent) + " or " + std::to_string(2 * latent + 1) +
                  " input and " + std::to_string(latent) + " output channels to suit the autoencoder, got " +
                  std::to_string(unet.in_channels) + " and " + std::to_string(unet.out_channels) + ".");
}

}  // namespace synood
