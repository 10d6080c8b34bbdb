#include "models/resnet_blocks.h"

#include <cmath>

#include "models/checks.h"

namespace synood {
namespace {

void check(const ResnetSpec& spec) {
  expect_spec(!spec.hidden_sizes.empty(), "at least one of hidden_sizes");
  expect_sizes(spec.hidden_sizes, spec.hidden_sizes.size(), "hidden_sizes");
  expect_sizes(spec.depths, spec.hidden_sizes.size(), "depths");
  expect_sizes({spec.num_channels, spec.embedding_size, spec.num_labels}, 3,
               "num_channels, embedding_size, num_labels");
  expect_spec(spec.layer_type == "basic" || spec.layer_type == "bottleneck",
              "layer_type 'basic' or 'bottleneck', got '" + spec.layer_type + "'");
}

const ResnetSpec& checked(const ResnetSpec& spec) {
  check(spec);
  return spec;
}

// He et al.'s normal initialisation by the number of outputs, as transformers and torchvision use it.
Init kaiming(int64_t out, int64_t kernel) {
  return Init::normal(std::sqrt(2.0 / static_cast<double>(out * kernel * kernel)));
}

}  // namespace

ConvNorm::ConvNorm(const Weights& weights, int64_t in, int64_t out, int64_t kernel, int64_t stride)
    : convolution(weights.sub("convolution"), in, out, {kernel, stride, kernel / 2}, false,
                  kaiming(out, kernel)),
      normalization(weights.sub("normalization"), out) {}

ResidualBlock::ResidualBlock(const Weights& weights, int64_t in, int64_t out, int64_t stride,
                             const ResnetSpec& spec, bool first_of_stage)
    : activation(parse_activation(spec.hidden_act)) {
  const auto layers = weights.sub("layer");
  if (spec.layer_type == "basic") {
    layer.emplace_back(layers.sub(0), in, out, 3, stride);
    layer.emplace_back(layers.sub(1), out, out, 3, 1);
  } else {
    const auto inner = out / 4;
    const bool early = spec.downsample_in_bottleneck && first_of_stage;
    layer.emplace_back(layers.sub(0), in, inner, 1, early ? stride : 1);
    layer.emplace_back(layers.sub(1), inner, inner, 3, early ? 1 : stride);
    layer.emplace_back(layers.sub(2), inner, out, 1, 1);
  }
  if (in != out || stride != 1) shortcut.emplace(weights.sub("shortcut"), in, out, 1, stride);
}

at::Tensor ResidualBlock::operator()(const at::Tensor& x, bool train) const {
  auto h = x;
  for (size_t i = 0; i < layer.size(); ++i) {
    h = layer[i](h, train);
    if (i + 1 < layer.size()) h = activate(activation, h);
  }
  return activate(activation, h + (shortcut ? (*shortcut)(x, train) : x));
}

ResnetBackbone::ResnetBackbone(const Weights& weights, const ResnetSpec& spec)
    : embedder(weights.sub("embedder").sub("embedder"), checked(spec).num_channels, spec.embedding_size, 7,
               2),
      activation(parse_activation(spec.hidden_act)) {
  auto in = spec.embedding_size;
  for (size_t stage = 0; stage < spec.hidden_sizes.size(); ++stage) {
    const auto out = spec.hidden_sizes[stage];
    const auto at = weights.sub("encoder").sub("stages").sub(static_cast<int64_t>(stage)).sub("layers");
    for (int64_t i = 0; i < spec.depths[stage]; ++i) {
      const bool halves = i == 0 && (stage > 0 || spec.downsample_in_first_stage);
      blocks.emplace_back(at.sub(i), in, out, halves ? 2 : 1, spec, i == 0);
      in = out;
    }
  }
}

at::Tensor ResnetBackbone::operator()(const at::Tensor& pixels, bool train) const {
  auto x = at::max_pool2d(activate(activation, embedder(pixels, train)), 3, 2, 1);
  for (const auto& block : blocks) x = block(x, train);
  return x;
}

}  // namespace synood
