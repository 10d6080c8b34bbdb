// A diffusion model's objective (Ho et al., 2020; v: Salimans & Ho, 2022) on latents x in the VAE's scaled
// space, with a = alphas_cumprod_t, t uniform per sample and noise e:
//
//   x_t    = sqrt(a) x + sqrt(1 - a) e
//   target = e | sqrt(a) e - sqrt(1 - a) x | x            epsilon | v_prediction | sample
//   loss   = mean w_t (unet(x_t [, mask, masked latents], t, context) - target)^2
//
// w_t is 1, or with a gamma Min-SNR's (Hang et al., 2023, as diffusers' training scripts have it): with
// SNR = a / (1 - a) and m = min(SNR, gamma), m / SNR | m / (SNR + 1) | m, so that every kind of prediction
// weighs the error of x by m.
//
// A share of the samples is conditioned on the empty prompt, for classifier-free guidance (Ho & Salimans,
// 2022). The text encoder is frozen.

#include "diffusion/noise_schedule.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

// What one step draws, a row for each place.
struct Draws {
  at::Tensor noise;          // (B, 4, h, w)
  at::Tensor timesteps;      // (B) int64
  at::Tensor unconditional;  // (B) bool
};

// (T): what a timestep's error of the prediction weighs.
at::Tensor min_snr_weights(const at::Tensor& alphas, const std::string& prediction, double gamma) {
  const auto snr = alphas / (1 - alphas);
  if (prediction == "sample") return snr.clamp_max(gamma);
  if (prediction == "v_prediction") return snr.clamp_max(gamma) / (snr + 1);
  return (gamma / snr).clamp_max(1);  // m / SNR, and 1 where a schedule ends without signal
}

class DenoiserTrainer : public TrainingLoop {
 public:
  DenoiserTrainer(std::shared_ptr<UnetModel> unet, std::shared_ptr<ClipModel> text_encoder,
                  const TrainerOptions& options)
      : TrainingLoop(unet->runtime(), unet->store().parameters(), unet->store().buffers(), options),
        unet_(std::move(unet)),
        text_encoder_(std::move(text_encoder)) {
    const auto schedule = alphas_cumprod(options.scheduler);
    const auto alphas = at::tensor(schedule, at::kFloat).to(runtime_.device);
    signal_ = alphas.sqrt();
    noise_ = (1 - alphas).sqrt();
    const auto& kind = options.scheduler.prediction_type;
    if (kind != "epsilon" && kind != "v_prediction" && kind != "sample")
      throw Error(ErrorCode::value,
                  "Expected prediction type epsilon, v_prediction or sample, got '" + kind + "'.");
    if (options.unconditional_share > 0 && (options.empty_ids.empty() || !text_encoder_))
      throw Error(ErrorCode::value,
                  "Training without a prompt needs empty_ids and a text encoder; give both, or set "
                  "unconditional_share to 0.");
    if (!(options.snr_gamma >= 0))
      throw Error(ErrorCode::value,
                  "Expected an SNR gamma of 0 (all timesteps weigh the same) or more, got " +
                      std::to_string(options.snr_gamma) + ".");
    if (options.snr_gamma > 0) weight_ = min_snr_weights(alphas, kind, options.snr_gamma);
    empty_ids_ = at::tensor(options.empty_ids, at::kLong).unsqueeze(0).to(runtime_.device);
  }

 private:
  bool inpainting() const { return unet_->spec().in_channels > unet_->spec().out_channels; }

  std::vector<Field> fields() const override {
    using enum Field::Kind;
    return {{real, "latents", 4},
            {real, "mask", 4, inpainting()},
            {real, "masked_latents", 4, inpainting()},
            {integer, "ids", 2, false},
            {real, "context", 3, false},
            {real, "noise", 5, false, /*per_step=*/true},
            {integer, "timesteps", 2, false, /*per_step=*/true}};
  }

  void check(const DataPool& pool) const override {
    const auto channels = unet_->spec().out_channels;
    pool.expect_sizes("latents", {-1, channels, -1, -1});
    const auto height = pool.at("latents").size(2), width = pool.at("latents").size(3);
    if (inpainting()) {
      pool.expect_sizes("mask", {-1, 1, height, width});
      pool.expect_sizes("masked_latents", {-1, channels, height, width});
    } else if (pool.has("mask") || pool.has("masked_latents")) {
      throw Error(ErrorCode::value, "A mask needs a UNet of 9 input channels; this one has " +
                                        std::to_string(unet_->spec().in_channels) + ".");
    }
    if (pool.has("noise")) pool.expect_sizes("noise", {-1, -1, channels, height, width});
    if (pool.has("timesteps")) pool.expect_below("timesteps", signal_.size(0));
    check_prompts(pool);
  }

  void check_prompts(const DataPool& pool) const {
    if (pool.has("ids") == pool.has("context"))
      throw Error(ErrorCode::value, "Expected either ids (N, L) or context (N, L, D) among the data.");
    const bool replaced = options_.unconditional_share > 0;
    const auto length = replaced ? empty_ids_.size(1) : -1;
    if (pool.has("context")) {
      pool.expect_sizes("context", {-1, length, unet_->spec().cross_attention_dim});
      return;
    }
    if (!text_encoder_ || !text_encoder_->spec().text)
      throw Error(ErrorCode::value, "Prompts as ids need a text encoder; give one, or context (N, L, D).");
    pool.expect_sizes("ids", {-1, length});
    pool.expect_below("ids", text_encoder_->spec().text->vocab_size);
  }

  Draws draw(const Batch& batch, at::IntArrayRef shape) const {
    const bool given_noise = batch.has("noise"), given_timesteps = batch.has("timesteps");
    std::vector<at::Tensor> noise;
    std::vector<int64_t> timesteps;
    auto unconditional = at::empty({batch.size()}, at::kBool);
    for (int64_t place = 0; place < batch.size(); ++place) {
      auto random = batch.random(place);
      unconditional[place] = random.uniform({1}).item<double>() < options_.unconditional_share;
      timesteps.push_back(random.integer(signal_.size(0)));
      if (!given_noise) noise.push_back(random.normal(shape));
    }
    const auto device = runtime_.device;
    return {
        given_noise ? batch.given("noise") : at::stack(noise).to(device),
        (given_timesteps ? batch.given("timesteps") : at::tensor(timesteps, at::kLong)).to(device, at::kLong),
        unconditional.to(device)};
  }

  at::Tensor context(const Batch& batch, const at::Tensor& unconditional) const {
    at::NoGradGuard frozen;
    const bool replace = options_.unconditional_share > 0;
    if (batch.has("context")) {
      const auto given = batch.gather("context");
      if (!replace) return given;
      return at::where(unconditional.view({-1, 1, 1}), text_encoder_->hidden_states(empty_ids_), given);
    }
    const auto ids = batch.gather("ids");
    return text_encoder_->hidden_states(replace ? at::where(unconditional.unsqueeze(1), empty_ids_, ids)
                                                : ids);
  }

  Objective objective(const Batch& batch) override {
    const auto latents = batch.gather("latents");
    const auto draws = draw(batch, latents.sizes().slice(1));
    const auto signal = signal_.index_select(0, draws.timesteps).view({-1, 1, 1, 1});
    const auto noise = noise_.index_select(0, draws.timesteps).view({-1, 1, 1, 1});
    auto sample = signal * latents + noise * draws.noise;
    if (inpainting()) sample = at::cat({sample, batch.gather("mask"), batch.gather("masked_latents")}, 1);
    const auto predicted = unet_->forward(sample, draws.timesteps, context(batch, draws.unconditional));

    const auto& kind = options_.scheduler.prediction_type;
    const auto target = kind == "epsilon"        ? draws.noise
                        : kind == "v_prediction" ? signal * draws.noise - noise * latents
                                                 : latents;
    if (!weight_.defined()) return {at::mse_loss(predicted, target), {}};
    const auto errors = (predicted - target).square().mean({1, 2, 3});
    return {(weight_.index_select(0, draws.timesteps) * errors).mean(), {}};
  }

  std::shared_ptr<UnetModel> unet_;
  std::shared_ptr<ClipModel> text_encoder_;
  at::Tensor signal_, noise_;  // (T): sqrt(alphas_cumprod), sqrt(1 - alphas_cumprod)
  at::Tensor weight_;          // (T) Min-SNR's; undefined without a gamma
  at::Tensor empty_ids_;       // (1, L)
};

}  // namespace

std::shared_ptr<Trainer> create_denoiser_trainer(std::shared_ptr<UnetModel> unet,
                                                 std::shared_ptr<ClipModel> text_encoder,
                                                 const TrainerOptions& options) {
  return std::make_shared<DenoiserTrainer>(std::move(unet), std::move(text_encoder), options);
}

}  // namespace synood
