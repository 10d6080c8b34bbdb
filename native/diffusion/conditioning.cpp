#include "diffusion/conditioning.h"

#include <vector>

#include "engine/convert.h"
#include "models/checks.h"
#include "synood/error.h"

namespace synood {

namespace {

at::Tensor given(const TensorView& embeds, Runtime runtime, const std::string& what) {
  expect_shape(embeds, {-1, -1, -1}, what + " embeddings (N, L, cross_attention_dim)");
  return to_device(embeds, runtime.device, at::kFloat);
}

// f of each row of ids alone.
template <typename F>
at::Tensor by_row(ClipModel* text_encoder, Runtime runtime, const TensorView& ids, const std::string& what,
                  F f) {
  expect_shape(ids, {-1, -1}, what + " ids (N, L)");
  expect_type(ids, ElementType::i64, what + " ids as int64");
  if (text_encoder == nullptr) {
    throw Error(ErrorCode::value,
                "The " + what + " came as ids, but this model has no text encoder: give embeddings.");
  }
  if (const auto& text = text_encoder->spec().text) {
    expect_ids(ids, text->vocab_size, text->max_position_embeddings);
  }
  const auto tokens = to_device(ids, runtime.device, at::kLong);
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < tokens.size(0); ++i) rows.push_back(f(tokens.slice(0, i, i + 1)).to(at::kFloat));
  return at::cat(rows);
}

const at::Tensor& checked(const at::Tensor& states, const UnetSpec& unet, const std::string& what) {
  if (states.size(2) != unet.cross_attention_dim) {
    throw Error(ErrorCode::shape,
                "Expected " + what + " embeddings of width " + std::to_string(unet.cross_attention_dim) +
                    " (the denoiser's cross_attention_dim), got " + shape_text(states.sizes()) + ".");
  }
  return states;
}

}  // namespace

at::Tensor encode_prompt(ClipModel* text_encoder, Runtime runtime, const TensorView& ids,
                         const TensorView& embeds, const UnetSpec& unet, const std::string& what) {
  if (!embeds.empty()) return checked(given(embeds, runtime, what), unet, what);
  const auto last = [&](const at::Tensor& row) { return text_encoder->hidden_states(row); };
  return checked(by_row(text_encoder, runtime, ids, what, last), unet, what);
}

PooledPrompt encode_pooled_prompt(ClipModel* text_encoder, ClipModel* text_encoder_2, Runtime runtime,
                                  const TensorView& ids, const TensorView& ids_2, const TensorView& embeds,
                                  const TensorView& pooled, const UnetSpec& unet, const std::string& what) {
  if (!embeds.empty()) {
    const auto states = checked(given(embeds, runtime, what), unet, what);
    expect_shape(pooled, {states.size(0), -1}, what + " pooled embeddings (N, P) beside its embeddings");
    return {states, to_device(pooled, runtime.device, at::kFloat)};
  }
  const auto first = by_row(text_encoder, runtime, ids, what,
                            [&](const at::Tensor& row) { return text_encoder->penultimate_states(row); });
  const auto what_2 = what + " (second encoder)";
  const auto second = by_row(text_encoder_2, runtime, ids_2, what_2,
                             [&](const at::Tensor& row) { return text_encoder_2->penultimate_states(row); });
  const auto projected = by_row(text_encoder_2, runtime, ids_2, what_2,
                                [&](const at::Tensor& row) { return text_encoder_2->text_features(row); });
  if (first.size(0) != second.size(0) || first.size(1) != second.size(1)) {
    throw Error(ErrorCode::shape, "Expected ids of one shape for both encoders of the " + what + ", got " +
                                      shape_text(ids.shape) + " and " + shape_text(ids_2.shape) + ".");
  }
  return {checked(at::cat({first, second}, 2), unet, what), projected};
}

at::Tensor picture_sizes(int64_t height, int64_t width, int64_t count, Runtime runtime) {
  const auto h = static_cast<float>(height), w = static_cast<float>(width);
  return at::tensor({h, w, 0.0f, 0.0f, h, w}, at::TensorOptions().device(runtime.device)).repeat({count, 1});
}

at::Tensor encode_moments(AutoencoderKlModel& vae, Runtime, const at::Tensor& pixels) {
  std::vector<at::Tensor> rows;
  for (int64_t i = 0; i < pixels.size(0); ++i) {
    rows.push_back(vae.moments(pixels.slice(0, i, i + 1)).to(at::kFloat));
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
