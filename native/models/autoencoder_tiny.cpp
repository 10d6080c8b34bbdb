#include <utility>

#include "models/autoencoder_calls.h"
#include "models/checks.h"
#include "models/stored_model.h"
#include "nn/activation.h"
#include "nn/conv2d.h"

namespace synood {
namespace {

// AutoencoderTiny of diffusers (TAESD): convolutions and no norms, a few percent of AutoencoderKL's work. Its
// encoder gives latents and no posterior.

// x -> relu(conv(act(conv(act(conv(x))))) + x)
struct TinyBlock {
  Conv2d first, second, third;
  Activation activation;

  TinyBlock(const Weights& weights, int64_t channels, Activation activation)
      : first(weights.sub("conv").sub(0), channels, channels, {3, 1, 1}),
        second(weights.sub("conv").sub(2), channels, channels, {3, 1, 1}),
        third(weights.sub("conv").sub(4), channels, channels, {3, 1, 1}),
        activation(activation) {}

  at::Tensor operator()(const at::Tensor& x) const {
    return at::relu(third(activate(activation, second(activate(activation, first(x))))) + x);
  }
};

struct TinyStage {
  Conv2d conv;  // before the blocks (encoder) or behind them (decoder)
  std::vector<TinyBlock> blocks;
};

Conv2d convolution(const Weights& weights, int64_t in, int64_t out, int64_t stride, bool with_bias) {
  return {weights, in, out, {3, stride, 1}, with_bias, Init::fan_in(in * 9)};
}

// (N, 3, H, W) in [-1, 1] -> (N, latent, h, w). Keys count the layers in order: layers.0, layers.1, ...
struct TinyEncoder {
  std::vector<TinyStage> stages;
  Conv2d conv_out;

  TinyEncoder(const Weights& layers, const AutoencoderTinySpec& spec) {
    int64_t place = 0;
    const auto activation = parse_activation(spec.act_fn);
    for (size_t i = 0; i < spec.num_encoder_blocks.size(); ++i) {
      const auto channels = spec.encoder_block_out_channels[i];
      auto& stage = stages.emplace_back();
      stage.conv = convolution(layers.sub(place++), i == 0 ? spec.in_channels : channels, channels,
                               i == 0 ? 1 : 2, i == 0);
      for (int64_t j = 0; j < spec.num_encoder_blocks[i]; ++j) {
        stage.blocks.emplace_back(layers.sub(place++), channels, activation);
      }
    }
    conv_out =
        convolution(layers.sub(place), spec.encoder_block_out_channels.back(), spec.latent_channels, 1, true);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    auto h = (x + 1) / 2;
    for (const auto& stage : stages) {
      h = stage.conv(h);
      for (const auto& block : stage.blocks) h = block(h);
    }
    return conv_out(h);
  }
};

// (N, latent, h, w) -> (N, 3, H, W) about [-1, 1]; latents are bent into -3..3 first
struct TinyDecoder {
  Conv2d conv_in;
  Activation activation;
  std::vector<TinyStage> stages;

  TinyDecoder(const Weights& layers, const AutoencoderTinySpec& spec)
      : conv_in(convolution(layers.sub(0), spec.latent_channels, spec.decoder_block_out_channels.front(), 1,
                            true)),
        activation(parse_activation(spec.act_fn)) {
    int64_t place = 2;  // layers.1 is the activation
    const auto count = spec.num_decoder_blocks.size();
    for (size_t i = 0; i < count; ++i) {
      const auto channels = spec.decoder_block_out_channels[i];
      const bool last = i + 1 == count;
      auto& stage = stages.emplace_back();
      for (int64_t j = 0; j < spec.num_decoder_blocks[i]; ++j) {
        stage.blocks.emplace_back(layers.sub(place++), channels, activation);
      }
      if (!last) ++place;  // the enlargement
      stage.conv = convolution(layers.sub(place++), channels, last ? spec.out_channels : channels, 1, last);
    }
  }

  at::Tensor operator()(const at::Tensor& z) const {
    auto h = activate(activation, conv_in(at::tanh(z / 3) * 3));
    for (size_t i = 0; i < stages.size(); ++i) {
      for (const auto& block : stages[i].blocks) h = block(h);
      if (i + 1 < stages.size()) h = at::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)});
      h = stages[i].conv(h);
    }
    return h * 2 - 1;
  }
};

void check_side(const std::vector<int64_t>& channels, const std::vector<int64_t>& blocks,
                const std::string& side) {
  expect_spec(!blocks.empty() && blocks.size() < 16, "1 to 15 num_" + side + "_blocks");
  expect_sizes(channels, blocks.size(), side + "_block_out_channels");
  for (const auto count : channels) {
    expect_spec(count == channels.front(), "the same number everywhere in " + side + "_block_out_channels");
  }
  for (const auto count : blocks) {
    expect_spec(count >= 0 && count < 1000, "num_" + side + "_blocks of 0 to 999");
  }
}

const AutoencoderTinySpec& checked(const AutoencoderTinySpec& spec) {
  check_side(spec.encoder_block_out_channels, spec.num_encoder_blocks, "encoder");
  check_side(spec.decoder_block_out_channels, spec.num_decoder_blocks, "decoder");
  expect_spec(spec.num_encoder_blocks.size() == spec.num_decoder_blocks.size(),
              "as many encoder stages as decoder stages");
  expect_sizes({spec.in_channels, spec.out_channels, spec.latent_channels}, 3,
               "in_channels, out_channels, latent_channels");
  return spec;
}

class TinyNetwork final : public StoredModel<AutoencoderKlModel> {
 public:
  TinyNetwork(Runtime runtime, const AutoencoderTinySpec& spec, const WeightSource& weights)
      : StoredModel(runtime, weights),
        encoder_(store_.root().sub("encoder").sub("layers"), checked(spec)),
        decoder_(store_.root().sub("decoder").sub("layers"), spec) {
    store_.finish();
    spec_.in_channels = spec.in_channels;
    spec_.out_channels = spec.out_channels;
    spec_.latent_channels = spec.latent_channels;
    spec_.block_out_channels = spec.decoder_block_out_channels;
    spec_.scaling_factor = spec.scaling_factor;
    spec_.variational = false;
  }

  const AutoencoderKlSpec& spec() const override { return spec_; }
  int64_t scale_factor() const override { return int64_t{1} << (spec_.block_out_channels.size() - 1); }
  // Its gradients are small: nothing is gained by computing blocks twice.
  void set_gradient_checkpointing(bool) override {}

  at::Tensor moments(const at::Tensor& pixels) override { return encoder_(in_own_type(pixels)); }
  at::Tensor decode_latents(const at::Tensor& latents) override { return decoder_(in_own_type(latents)); }

  Tensor encode(const TensorView& pixels, int64_t batch_size, const JobControl& control) override {
    return encode_in_batches(*this, pixels, batch_size, control);
  }
  Tensor decode(const TensorView& latents, int64_t batch_size, const JobControl& control) override {
    return decode_in_batches(*this, latents, batch_size, control);
  }

 private:
  AutoencoderKlSpec spec_;
  TinyEncoder encoder_;
  TinyDecoder decoder_;
};

}  // namespace

std::shared_ptr<AutoencoderKlModel> load_autoencoder_tiny(Runtime runtime, const AutoencoderTinySpec& spec,
                                                          const WeightSource& weights) {
  return std::make_shared<TinyNetwork>(runtime, spec, weights);
}

}  // namespace synood
