#include "diffusion/latent_space.h"

namespace synood {

namespace {

// One number a channel, to be broadcast over (N, C, h, w).
at::Tensor per_channel(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(at::ArrayRef<double>(values), like.options()).view({1, -1, 1, 1});
}

bool normalised(const AutoencoderKlSpec& spec) {
  return !spec.latents_mean.empty() && !spec.latents_std.empty();
}

at::Tensor posterior_draw(const at::Tensor& moments, const at::Tensor& noise, const AutoencoderKlSpec& spec) {
  if (!spec.variational) return moments;
  const auto halves = moments.chunk(2, 1);
  return halves[0] + (halves[1] * 0.5).exp() * noise;
}

}  // namespace

at::Tensor sample_posterior(const at::Tensor& moments, const at::Tensor& noise,
                            const AutoencoderKlSpec& spec) {
  auto sample = posterior_draw(moments.to(at::kFloat), noise, spec);
  if (normalised(spec)) {
    sample = (sample - per_channel(spec.latents_mean, sample)) / per_channel(spec.latents_std, sample);
  }
  if (spec.shift_factor != 0) sample = sample - spec.shift_factor;
  return sample * spec.scaling_factor;
}

at::Tensor unscale(const at::Tensor& latents, const AutoencoderKlSpec& spec) {
  if (normalised(spec)) {
    return latents * per_channel(spec.latents_std, latents) / spec.scaling_factor +
           per_channel(spec.latents_mean, latents);
  }
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
