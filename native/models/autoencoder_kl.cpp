#include "models/autoencoder_blocks.h"
#include "models/autoencoder_calls.h"
#include "models/checks.h"
#include "models/stored_model.h"
#include "nn/checkpoint.h"

namespace synood {
namespace {

// Before diffusers 0.18 attention layers were named otherwise.
void rename_legacy_attention(ParameterStore& store) {
  for (const std::string side : {"encoder", "decoder"}) {
    const auto at = side + ".mid_block.attentions.0.";
    for (const std::string kind : {".weight", ".bias"}) {
      store.rename(at + "query" + kind, at + "to_q" + kind);
      store.rename(at + "key" + kind, at + "to_k" + kind);
      store.rename(at + "value" + kind, at + "to_v" + kind);
      store.rename(at + "proj_attn" + kind, at + "to_out.0" + kind);
    }
  }
}

class KlNetwork final : public StoredModel<AutoencoderKlModel> {
 public:
  KlNetwork(Runtime runtime, const AutoencoderKlSpec& spec, const WeightSource& weights)
      : StoredModel(upcast(runtime, spec), weights),
        spec_(checked(spec)),
        encoder_((rename_legacy_attention(store_), store_.root().sub("encoder")), spec),
        decoder_(store_.root().sub("decoder"), spec),
        quant_conv_(store_.root().sub("quant_conv"), 2 * spec.latent_channels, 2 * spec.latent_channels,
                    {1, 1, 0}),
        post_quant_conv_(store_.root().sub("post_quant_conv"), spec.latent_channels, spec.latent_channels,
                         {1, 1, 0}) {
    store_.finish();
  }

  const AutoencoderKlSpec& spec() const override { return spec_; }
  int64_t scale_factor() const override { return int64_t{1} << (spec_.block_out_channels.size() - 1); }
  void set_gradient_checkpointing(bool on) override { checkpointing_ = on; }

  at::Tensor moments(const at::Tensor& pixels) override {
    const auto halves = quant_conv_(encoder_(channels_last(in_own_type(pixels)), runner())).chunk(2, 1);
    return at::cat({halves[0], halves[1].clamp(-30, 20)}, 1);
  }

  at::Tensor decode_latents(const at::Tensor& latents) override {
    return decoder_(post_quant_conv_(channels_last(in_own_type(latents))), runner());
  }

  Tensor encode(const TensorView& pixels, int64_t batch_size, const JobControl& control) override {
    return encode_in_batches(*this, pixels, batch_size, control);
  }
  Tensor decode(const TensorView& latents, int64_t batch_size, const JobControl& control) override {
    return decode_in_batches(*this, latents, batch_size, control);
  }

 private:
  static Runtime upcast(Runtime runtime, const AutoencoderKlSpec& spec) {
    if (spec.force_upcast && runtime.dtype == at::kHalf) runtime.dtype = at::kFloat;
    return runtime;
  }

  static const AutoencoderKlSpec& checked(const AutoencoderKlSpec& spec) {
    expect_spec(!spec.block_out_channels.empty() && spec.block_out_channels.size() < 16,
                "1 to 15 block_out_channels");
    expect_sizes(spec.block_out_channels, spec.block_out_channels.size(), "block_out_channels");
    expect_sizes({spec.in_channels, spec.out_channels, spec.latent_channels, spec.layers_per_block}, 4,
                 "in_channels, out_channels, latent_channels, layers_per_block");
    for (const auto& statistic : {spec.latents_mean, spec.latents_std}) {
      expect_spec(statistic.empty() || static_cast<int64_t>(statistic.size()) == spec.latent_channels,
                  "one number a latent channel in latents_mean and latents_std");
    }
    return spec;
  }

  RunBlock runner() const {
    if (!checkpointing_) return [](const auto& block, const at::Tensor& x) { return block(x); };
    std::vector<at::Tensor> trained;
    for (const auto& [name, parameter] : store_.parameters()) {
      if (parameter.requires_grad()) trained.push_back(parameter);
    }
    return [trained](const auto& block, const at::Tensor& x) {
      return checkpoint([block](const std::vector<at::Tensor>& inputs) { return block(inputs[0]); }, {x},
                        trained);
    };
  }

  AutoencoderKlSpec spec_;
  AutoencoderEncoder encoder_;
  AutoencoderDecoder decoder_;
  Conv2d quant_conv_, post_quant_conv_;
  bool checkpointing_ = false;
};

}  // namespace

std::shared_ptr<AutoencoderKlModel> load_autoencoder_kl(Runtime runtime, const AutoencoderKlSpec& spec,
                                                        const WeightSource& weights) {
  return std::make_shared<KlNetwork>(runtime, spec, weights);
}

}  // namespace synood
