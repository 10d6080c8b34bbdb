#include <algorithm>
#include <optional>
#include <utility>

#include "engine/convert.h"
#include "models/checks.h"
#include "models/deep_features.h"
#include "models/stored_model.h"
#include "models/unet_blocks.h"
#include "nn/activation.h"
#include "nn/timestep_embedding.h"
#include "synood/error.h"

namespace synood {
namespace {

void check(const UnetSpec& spec) {
  const auto count = spec.block_out_channels.size();
  expect_spec(count > 0, "at least one of block_out_channels");
  expect_sizes(spec.block_out_channels, count, "block_out_channels");
  expect_sizes(spec.num_attention_heads, count, "num_attention_heads (attention_head_dim)");
  expect_sizes(spec.transformer_layers_per_block, count, "transformer_layers_per_block");
  expect_sizes({spec.in_channels, spec.out_channels, spec.layers_per_block, spec.cross_attention_dim}, 4,
               "in_channels, out_channels, layers_per_block, cross_attention_dim");
  expect_spec(spec.down_block_types.size() == count && spec.up_block_types.size() == count,
              "as many down_block_types and up_block_types as block_out_channels");
  const auto& added = spec.addition_embed_type;
  expect_spec(added.empty() || added == "text_time", "addition_embed_type 'text_time' or none");
  if (!added.empty()) {
    expect_sizes({spec.addition_time_embed_dim, spec.projection_class_embeddings_input_dim}, 2,
                 "addition_time_embed_dim, projection_class_embeddings_input_dim");
  }
  expect_spec(spec.time_cond_proj_dim >= 0, "time_cond_proj_dim of at least 0");
  for (size_t i = 0; i < count; ++i) {
    expect_spec(spec.block_out_channels[i] % spec.num_attention_heads[i] == 0,
                "attention heads that divide the channels of block " + std::to_string(i));
  }
}

// Whether a block has attention, from its type's name.
bool has_attention(const std::string& type, const std::string& plain, const std::string& attending) {
  expect_spec(type == plain || type == attending,
              "a block type '" + plain + "' or '" + attending + "', got '" + type + "'");
  return type == attending;
}

UnetBlockShape block_shape(const UnetSpec& spec, size_t i) {
  return {.channels = spec.block_out_channels[i],
          .time = 4 * spec.block_out_channels.front(),
          .groups = spec.norm_num_groups,
          .eps = spec.norm_eps,
          .layers = spec.layers_per_block,
          .heads = spec.num_attention_heads[i],
          .transformer_layers = spec.transformer_layers_per_block[i],
          .context = spec.cross_attention_dim,
          .linear_projection = spec.use_linear_projection};
}

std::vector<UnetDownBlock> down_blocks(const Weights& weights, const UnetSpec& spec) {
  std::vector<UnetDownBlock> blocks;
  const auto& channels = spec.block_out_channels;
  for (size_t i = 0; i < channels.size(); ++i) {
    auto shape = block_shape(spec, i);
    if (!has_attention(spec.down_block_types[i], "DownBlock2D", "CrossAttnDownBlock2D")) shape.heads = 0;
    blocks.emplace_back(weights.sub(static_cast<int64_t>(i)), shape, channels[i == 0 ? 0 : i - 1],
                        i + 1 == channels.size());
  }
  return blocks;
}

std::vector<UnetUpBlock> up_blocks(const Weights& weights, const UnetSpec& spec) {
  std::vector<UnetUpBlock> blocks;
  const auto& channels = spec.block_out_channels;
  for (size_t i = 0; i < channels.size(); ++i) {
    const auto mirror = channels.size() - 1 - i;
    auto shape = block_shape(spec, mirror);
    shape.layers = spec.layers_per_block + 1;
    if (!has_attention(spec.up_block_types[i], "UpBlock2D", "CrossAttnUpBlock2D")) shape.heads = 0;
    blocks.emplace_back(weights.sub(static_cast<int64_t>(i)), shape,
                        channels[std::min(mirror + 1, channels.size() - 1)],
                        channels[mirror == 0 ? 0 : mirror - 1], mirror == 0);
  }
  return blocks;
}

std::optional<Linear> cond_proj(const Weights& weights, const UnetSpec& spec) {
  if (spec.time_cond_proj_dim == 0) return std::nullopt;
  return Linear(weights.sub("cond_proj"), spec.time_cond_proj_dim, spec.block_out_channels.front(), false);
}

std::optional<std::pair<Linear, Linear>> add_embedding(const Weights& weights, const UnetSpec& spec) {
  if (spec.addition_embed_type.empty()) return std::nullopt;
  const auto time = 4 * spec.block_out_channels.front();
  return std::pair{Linear(weights.sub("linear_1"), spec.projection_class_embeddings_input_dim, time),
                   Linear(weights.sub("linear_2"), time, time)};
}

class UnetNetwork final : public StoredModel<UnetModel>, public DeepFeatureReuse {
 public:
  UnetNetwork(Runtime runtime, const UnetSpec& spec, const WeightSource& weights)
      : StoredModel(runtime, weights),
        spec_((check(spec), spec)),
        conv_in_(root("conv_in"), spec.in_channels, first(), {3, 1, 1}),
        conv_out_(root("conv_out"), first(), spec.out_channels, {3, 1, 1}),
        linear_1_(root("time_embedding").sub("linear_1"), first(), 4 * first()),
        linear_2_(root("time_embedding").sub("linear_2"), 4 * first(), 4 * first()),
        down_blocks_(down_blocks(root("down_blocks"), spec)),
        cond_proj_(cond_proj(root("time_embedding"), spec)),
        add_embedding_(add_embedding(root("add_embedding"), spec)),
        mid_block_(root("mid_block"), block_shape(spec, spec.block_out_channels.size() - 1)),
        up_blocks_(up_blocks(root("up_blocks"), spec)),
        conv_norm_out_(root("conv_norm_out"), first(), spec.norm_num_groups, spec.norm_eps) {
    store_.finish();
  }

  const UnetSpec& spec() const override { return spec_; }

  std::optional<uint64_t> weights_stamp() const override {
    uint64_t writes = 0;
    for (const auto& [name, parameter] : store_.parameters()) {
      if (parameter.requires_grad()) return std::nullopt;
      writes += parameter._version();
    }
    return writes;
  }
  void set_gradient_checkpointing(bool on) override { checkpointing_ = on; }

  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) override {
    return forward_with(sample, timesteps, context, {});
  }

  at::Tensor forward_with(const at::Tensor& sample, const at::Tensor& timesteps, const at::Tensor& context,
                          const UnetAdded& added) override {
    DeepFeatures none;
    return forward_reusing(sample, timesteps, context, added, none);
  }

  at::Tensor forward_reusing(const at::Tensor& sample, const at::Tensor& timesteps, const at::Tensor& context,
                             const UnetAdded& added, DeepFeatures& features) override {
    auto time = time_embedding(timesteps, added.timestep_cond);
    if (add_embedding_) time = time + added_embedding(added);
    const Text text{in_own_type(context), added.text_keys};
    std::vector<at::Tensor> skips{conv_in_(channels_last(in_own_type(sample)))};
    auto x = skips.back();
    const auto run = runner();
    const bool reuse = features.calls++ % features.interval != 0 && features.kept.defined();
    if (reuse) {
      down_blocks_.front().at_full_size(x, time, text, skips, run);
      x = features.kept;
    } else {
      for (const auto& block : down_blocks_) x = block(x, time, text, skips, run);
      x = mid_block_(x, time, text, run);
      for (size_t i = 0; i + 1 < up_blocks_.size(); ++i) x = up_blocks_[i](x, time, text, skips, run);
      // Of a single block nothing is deep.
      if (features.interval > 1 && up_blocks_.size() > 1) features.kept = x;
    }
    x = up_blocks_.back()(x, time, text, skips, run);
    return conv_out_(conv_norm_out_.then_silu(x));
  }

  Tensor predict(const TensorView& sample, const TensorView& timesteps, const TensorView& context) override {
    return predict_conditioned(sample, timesteps, context, {});
  }

  Tensor predict_conditioned(const TensorView& sample, const TensorView& timesteps, const TensorView& context,
                             const UnetConditions& conditions) override {
    const auto channels = std::to_string(spec_.in_channels);
    expect_shape(sample, {-1, spec_.in_channels, -1, -1}, "sample (N, " + channels + ", h, w)");
    expect_floating(sample, "sample");
    const auto n = sample.shape[0];
    expect_shape(timesteps, {n}, "timesteps (N), N = " + std::to_string(n));
    expect_shape(
        context, {n, -1, spec_.cross_attention_dim},
        "context (N, L, " + std::to_string(spec_.cross_attention_dim) + "), N = " + std::to_string(n));
    expect_floating(context, "context");
    const auto given = [n](const TensorView& view, const char* what) {
      if (view.empty()) return at::Tensor();
      expect_shape(view, {n, -1}, std::string(what) + ", N = " + std::to_string(n));
      return borrow(view);
    };
    const at::NoGradGuard no_grad;
    return to_host(forward_with(
        borrow(sample), borrow(timesteps), borrow(context),
        {given(conditions.text_embeds, "text_embeds (N, P)"), given(conditions.time_ids, "time_ids (N, K)"),
         given(conditions.timestep_cond, "timestep_cond (N, C)")}));
  }

 private:
  RunLayer runner() const {
    // An alias collects a layer's gradients before they meet those of other uses of its input, as a
    // checkpoint does: sums in one order, so the same bits.
    if (!checkpointing_) {
      return [](const auto& layer, auto inputs) {
        if (at::GradMode::is_enabled()) {
          for (auto& input : inputs) input = at::alias(input);
        }
        return layer(inputs);
      };
    }
    std::vector<at::Tensor> trained;
    for (const auto& [name, parameter] : store_.parameters()) {
      if (parameter.requires_grad()) trained.push_back(parameter);
    }
    return [trained](const auto& layer, const auto& inputs) { return checkpoint(layer, inputs, trained); };
  }

  Weights root(const std::string& name) { return store_.root().sub(name); }
  int64_t first() const { return spec_.block_out_channels.front(); }

  at::Tensor sinusoids(const at::Tensor& numbers, int64_t size) const {
    return in_own_type(
        timestep_embedding(numbers.to(runtime_.device), size, spec_.flip_sin_to_cos, spec_.freq_shift));
  }

  at::Tensor time_embedding(const at::Tensor& timesteps, const at::Tensor& condition) const {
    auto time = sinusoids(timesteps, first());
    if (cond_proj_ && condition.defined()) time = time + (*cond_proj_)(in_own_type(condition));
    return linear_2_(activate(Activation::silu, linear_1_(time)));
  }

  // SDXL's pooled text and sizes, each size as sinusoids: (N, P + K * addition_time_embed_dim) -> (N, T)
  at::Tensor added_embedding(const UnetAdded& added) const {
    if (!added.text_embeds.defined() || !added.time_ids.defined()) {
      throw Error(ErrorCode::value,
                  "This UNet is conditioned on a pooled text embedding and sizes (addition_embed_type "
                  "text_time): give text_embeds and time_ids.");
    }
    const auto text = in_own_type(added.text_embeds);
    const auto sizes = sinusoids(added.time_ids.flatten(), spec_.addition_time_embed_dim);
    const auto joined = at::cat({text, sizes.reshape({text.size(0), -1})}, 1);
    if (joined.size(1) != spec_.projection_class_embeddings_input_dim) {
      throw Error(ErrorCode::shape,
                  "Expected text_embeds and time_ids of " +
                      std::to_string(spec_.projection_class_embeddings_input_dim) +
                      " numbers together (projection_class_embeddings_input_dim), got text_embeds " +
                      shape_text(text.sizes()) + " and time_ids " + shape_text(added.time_ids.sizes()) + ".");
    }
    return add_embedding_->second(activate(Activation::silu, add_embedding_->first(joined)));
  }

  UnetSpec spec_;
  Conv2d conv_in_, conv_out_;
  Linear linear_1_, linear_2_;
  std::vector<UnetDownBlock> down_blocks_;
  std::optional<Linear> cond_proj_;
  std::optional<std::pair<Linear, Linear>> add_embedding_;
  UnetMidBlock mid_block_;
  std::vector<UnetUpBlock> up_blocks_;
  GroupNorm conv_norm_out_;
  bool checkpointing_ = false;
};

}  // namespace

std::shared_ptr<UnetModel> load_unet(Runtime runtime, const UnetSpec& spec, const WeightSource& weights) {
  return std::make_shared<UnetNetwork>(runtime, spec, weights);
}

}  // namespace synood
