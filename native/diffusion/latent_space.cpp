#include "diffusion/latent_space.h"

namespace synood {

at::Tensor sample_posterior(const at::Tensor& moments, const at::Tensor& noise,
                            const AutoencoderKlSpec& spec) {
  const auto halves = moments.to(at::kFloat).chunk(2, 1);
  auto sample = halves[0] + (halves[1] * 0.5).exp() * noise;
  if (spec.shift_factor != 0) sample = sample - spec.shift_factor;
  return sample * spec.scaling_factor;
}

at::Tensor unscale(const at::Tensor& latents, const AutoencoderKlSpec& spec) {
  auto out = latents / spec.scaling_factor;
  if (spec.shift_factor != 0) out = out + spec.shift_factor;
  return out;
}

at::Tensor to_unit_range(const at::Tensor& decoded) { return (decoded.to(at::kFloat) / 2 + 0.5).clamp(0, 1); }

at::Tensor binary_mask(const at::Tensor& mask) { return (mask >= 0.5).to(at::kFloat); }

at::Tensor latent_mask(const at::Tensor& mask, int64_t factor) {
  return mask.slice(2, 0, std::nullopt, factor).slice(3, 0, std::nullopt, factor).contiguous();
}

}  // namespace synood
