#pragma once

#include <ATen/ATen.h>

#include "synood/specs.h"

namespace synood {

// Between an autoencoder's own space and the scaled one that denoisers work in: scaled = (z - shift) *
// scaling.

// moments (N, 2C, h, w): mean and log-variance; noise (N, C, h, w) -> a draw of the posterior, scaled,
// float32
//   (mean + exp(logvar / 2) * noise - shift) * scaling
// An encoder that is not variational gave latents (N, C, h, w): they are the draw. Statistics per channel,
// where the autoencoder has them, normalise first.
at::Tensor sample_posterior(const at::Tensor& moments, const at::Tensor& noise,
                            const AutoencoderKlSpec& spec);

// scaled (N, C, h, w) -> unscaled
at::Tensor unscale(const at::Tensor& latents, const AutoencoderKlSpec& spec);

// decoder output about [-1, 1] -> float32 clamped to [0, 1]
at::Tensor to_unit_range(const at::Tensor& decoded);

// mask (N, 1, H, W) -> float32 0 or 1: from .5 on a pixel is replaced
at::Tensor binary_mask(const at::Tensor& mask);

// mask (N, 1, H, W) -> (N, 1, h, w): the nearest pixel, which is every factor-th one
at::Tensor latent_mask(const at::Tensor& mask, int64_t factor);

}  // namespace synood
