#include "models/autoencoder_calls.h"

#include "engine/convert.h"
#include "models/batching.h"
#include "models/checks.h"
#include "synood/error.h"

namespace synood {

Tensor encode_in_batches(AutoencoderKlModel& model, const TensorView& pixels, int64_t batch_size,
                         const JobControl& control) {
  const auto factor = model.scale_factor(), channels = model.spec().in_channels;
  const auto what =
      "pixels (N, " + std::to_string(channels) + ", H, W), H and W multiples of " + std::to_string(factor);
  expect_shape(pixels, {-1, channels, -1, -1}, what);
  expect_floating(pixels, what);
  if (pixels.shape[2] < 1 || pixels.shape[2] % factor || pixels.shape[3] < 1 || pixels.shape[3] % factor) {
    throw Error(ErrorCode::shape, "Expected " + what + ", got " + shape_text(pixels.shape) + ".");
  }
  return in_batches(pixels, model.runtime(), {batch_size, true, "encode"}, control,
                    [&model](const at::Tensor& batch) { return model.moments(batch); });
}

Tensor decode_in_batches(AutoencoderKlModel& model, const TensorView& latents, int64_t batch_size,
                         const JobControl& control) {
  const auto channels = model.spec().latent_channels;
  const auto what = "latents (N, " + std::to_string(channels) + ", h, w)";
  expect_shape(latents, {-1, channels, -1, -1}, what);
  expect_floating(latents, what);
  return in_batches(latents, model.runtime(), {batch_size, true, "decode"}, control,
                    [&model](const at::Tensor& batch) { return model.decode_latents(batch); });
}

}  // namespace synood
