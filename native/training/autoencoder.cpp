// AutoencoderKL (Kingma & Welling, 2014; Rombach et al., 2022), without a discriminator:
//
//   mean, logvar = encode(x);   z = mean + exp(logvar / 2) noise;   y = decode(z)
//   KL_n  = 1/2 sum(mean^2 + exp(logvar) - 1 - logvar)     over a sample's latent numbers
//   loss  = mean |y - x| + mse_weight mean (y - x)^2 + kl_weight mean_n KL_n
//
// Reconstruction is a mean over pixels and KL a sum over a sample, as diffusers' train_autoencoderkl.py
// weighs them.

#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

class AutoencoderTrainer : public TrainingLoop {
 public:
  AutoencoderTrainer(std::shared_ptr<AutoencoderKlModel> vae, const TrainerOptions& options)
      : TrainingLoop(vae->runtime(), vae->store().parameters(), vae->store().buffers(), options),
        vae_(std::move(vae)) {}

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "pixels", 4},
            {Field::Kind::real, "noise", 5, /*required=*/false, /*per_step=*/true}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("pixels", {-1, vae_->spec().in_channels, -1, -1});
    const auto& pixels = pool.at("pixels");
    const auto factor = vae_->scale_factor();
    if (pool.has("noise"))
      pool.expect_sizes(
          "noise", {-1, -1, vae_->spec().latent_channels, pixels.size(2) / factor, pixels.size(3) / factor});
  }

  at::Tensor posterior_noise(const Batch& batch, const at::Tensor& mean) const {
    if (batch.has("noise")) return batch.given("noise");
    std::vector<at::Tensor> draws;
    for (int64_t place = 0; place < batch.size(); ++place)
      draws.push_back(batch.random(place).normal(mean.sizes().slice(1)));
    return at::stack(draws).to(mean.device());
  }

  Objective objective(const Batch& batch) override {
    const auto pixels = batch.pixels("pixels", options_);
    const auto moments = vae_->moments(pixels).chunk(2, 1);
    const auto &mean = moments[0], &logvar = moments[1];
    const auto latents = mean + (logvar * 0.5).exp() * posterior_noise(batch, mean);
    const auto decoded = vae_->decode_latents(latents);
    const auto kl = (mean.square() + logvar.exp() - 1 - logvar).sum() * (0.5 / batch.size());
    return {at::l1_loss(decoded, pixels) + options_.mse_weight * at::mse_loss(decoded, pixels) +
                options_.kl_weight * kl,
            {}};
  }

  std::shared_ptr<AutoencoderKlModel> vae_;
};

}  // namespace

std::shared_ptr<Trainer> create_autoencoder_trainer(std::shared_ptr<AutoencoderKlModel> vae,
                                                    const TrainerOptions& options) {
  return std::make_shared<AutoencoderTrainer>(std::move(vae), options);
}

}  // namespace synood
