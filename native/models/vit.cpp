#include "models/vit.h"

#include <string>

#include "models/checks.h"
#include "models/stored_classifier.h"
#include "nn/attention.h"
#include "synood/error.h"

namespace synood {
namespace {

// Deviation as transformers' ViTPreTrainedModel has it.
const Init kDrawn = Init::normal(0.02);

Linear drawn(const Weights& weights, int64_t in, int64_t out, bool bias = true) {
  return {weights, in, out, bias, kDrawn, Init::zeros()};
}

VitBackbone::Layer layer(const Weights& weights, const VitSpec& spec) {
  const auto attention = weights.sub("attention"), own = attention.sub("attention");
  const auto size = spec.hidden_size;
  return {.before = {weights.sub("layernorm_before"), size, spec.layer_norm_eps},
          .after = {weights.sub("layernorm_after"), size, spec.layer_norm_eps},
          .query = drawn(own.sub("query"), size, size, spec.qkv_bias),
          .key = drawn(own.sub("key"), size, size, spec.qkv_bias),
          .value = drawn(own.sub("value"), size, size, spec.qkv_bias),
          .out = drawn(attention.sub("output").sub("dense"), size, size),
          .intermediate = drawn(weights.sub("intermediate").sub("dense"), size, spec.intermediate_size),
          .output = drawn(weights.sub("output").sub("dense"), spec.intermediate_size, size)};
}

class VitClassifier final : public StoredClassifier {
 public:
  VitClassifier(Runtime runtime, const VitSpec& spec, const WeightSource& weights)
      : StoredClassifier(runtime, weights),
        backbone_(store_.root().sub("vit"), spec),
        classifier_(drawn(store_.root().sub("classifier"), spec.hidden_size, spec.num_labels)) {
    store_.finish();
  }

  int64_t num_channels() const override { return backbone_.spec.num_channels; }
  int64_t num_labels() const override { return backbone_.spec.num_labels; }

  at::Tensor forward(const at::Tensor& pixels, bool) override { return classifier_(pooled(pixels)); }
  at::Tensor pooled(const at::Tensor& pixels) override { return backbone_(in_own_type(pixels)); }

 private:
  VitBackbone backbone_;
  Linear classifier_;
};

}  // namespace

VitBackbone::VitBackbone(const Weights& vit, const VitSpec& spec)
    : spec(spec), activation(parse_activation(spec.hidden_act)) {
  expect_spec(spec.patch_size > 0 && spec.image_size >= spec.patch_size && spec.num_channels > 0,
              "a positive patch_size, at most image_size, and num_channels");
  expect_spec(spec.hidden_size > 0 && spec.intermediate_size > 0 && spec.num_hidden_layers > 0,
              "a positive hidden_size, intermediate_size and num_hidden_layers");
  expect_spec(spec.num_attention_heads > 0 && spec.hidden_size % spec.num_attention_heads == 0,
              "num_attention_heads that divides hidden_size");
  const auto embeddings = vit.sub("embeddings"), encoder = vit.sub("encoder").sub("layer");
  const auto side = spec.image_size / spec.patch_size, size = spec.hidden_size;
  cls_token = embeddings.take("cls_token", {1, 1, size}, kDrawn);
  position_embeddings = embeddings.take("position_embeddings", {1, side * side + 1, size}, kDrawn);
  patch_embedding = {embeddings.sub("patch_embeddings").sub("projection"),
                     spec.num_channels,
                     size,
                     {.kernel = spec.patch_size, .stride = spec.patch_size, .padding = 0},
                     true,
                     kDrawn};
  for (int64_t i = 0; i < spec.num_hidden_layers; ++i) layers.push_back(layer(encoder.sub(i), spec));
  layernorm = {vit.sub("layernorm"), size, spec.layer_norm_eps};
}

at::Tensor VitBackbone::operator()(const at::Tensor& pixels) const {
  if (pixels.size(2) != spec.image_size || pixels.size(3) != spec.image_size) {
    const auto side = std::to_string(spec.image_size);
    throw Error(ErrorCode::shape, "Expected pixels of " + side + " x " + side +
                                      ", the size that this transformer has positions for, got " +
                                      std::to_string(pixels.size(2)) + " x " +
                                      std::to_string(pixels.size(3)) + ".");
  }
  const auto patches = patch_embedding(pixels).flatten(2).transpose(1, 2);
  auto x = at::cat({cls_token.expand({pixels.size(0), 1, -1}), patches}, 1) + position_embeddings;
  for (const auto& layer : layers) {
    const auto h = layer.before(x);
    x = x + layer.out(attention(layer.query(h), layer.key(h), layer.value(h), spec.num_attention_heads));
    x = x + layer.output(activate(activation, layer.intermediate(layer.after(x))));
  }
  return layernorm(x).select(1, 0);
}

std::shared_ptr<ClassifierModel> load_vit_classifier(Runtime runtime, const VitSpec& spec,
                                                     const WeightSource& weights) {
  return std::make_shared<VitClassifier>(runtime, spec, weights);
}

}  // namespace synood
