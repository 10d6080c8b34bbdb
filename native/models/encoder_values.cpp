#include "models/encoder_values.h"

#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <cstring>

#include "models/clip_encoder_training.h"

namespace synood::encoder {

namespace {

constexpr size_t kParameters = 16;  // tensors of a layer

}  // namespace

EncoderValues::EncoderValues(const std::vector<ClipEncoder::Layer>& layers, const Sizes& sizes,
                             bool gathered) {
  const at::AutoDispatchBelowADInplaceOrView without_autograd;
  const auto each = LayerValues::count(sizes);
  float* place = nullptr;
  if (gathered) {
    block_ = EncoderMemory::take(static_cast<int64_t>(layers.size()) * each);
    place = block_.mutable_data_ptr<float>();
  }
  for (const auto& layer : layers) {
    LayerValues v{};
    if (gathered) v = LayerValues::in(Slices(place), sizes);
    const auto find = [&](float*& to, const at::Tensor& value) {
      auto* data = const_cast<float*>(value.const_data_ptr<float>());
      if (gathered) {
        std::memcpy(to, data, value.nbytes());
      } else {
        to = data;
      }
    };
    const Linear* projections[] = {&layer.q_proj, &layer.k_proj, &layer.v_proj};
    find(v.g1, layer.layer_norm1.weight);
    find(v.b1, layer.layer_norm1.bias);
    for (size_t part = 0; part < 3; ++part) {
      find(v.qkv[part], projections[part]->weight);
      find(v.qkv_bias[part], projections[part]->bias);
    }
    find(v.out, layer.out_proj.weight);
    find(v.out_bias, layer.out_proj.bias);
    find(v.g2, layer.layer_norm2.weight);
    find(v.b2, layer.layer_norm2.bias);
    find(v.fc1, layer.fc1.weight);
    find(v.fc1_bias, layer.fc1.bias);
    find(v.fc2, layer.fc2.weight);
    find(v.fc2_bias, layer.fc2.bias);
    values_.push_back(v);
    place += gathered ? each : 0;
  }
}

EncoderGradients::EncoderGradients(const std::vector<bool>& trained, const Sizes& sizes, int64_t threads)
    : sizes_(sizes), threads_(threads) {
  for (const bool wanted : trained) places_.push_back(wanted ? trained_++ : -1);
  block_ = EncoderMemory::take(threads * trained_ * LayerValues::count(sizes));
  block_.zero_();
  unwanted_ = at::zeros({threads, 2 * sizes.width}, at::kFloat);
}

LayerValues EncoderGradients::of(int64_t thread, int64_t layer) const {
  const auto place = places_[static_cast<size_t>(layer)];
  if (place >= 0) {
    const auto from = (thread * trained_ + place) * LayerValues::count(sizes_);
    return LayerValues::in(Slices(block_.mutable_data_ptr<float>() + from), sizes_);
  }
  LayerValues norms{};
  norms.g1 = norms.g2 = unwanted_.mutable_data_ptr<float>() + thread * 2 * sizes_.width;
  norms.b1 = norms.b2 = norms.g1 + sizes_.width;
  return norms;
}

std::vector<at::Tensor> EncoderGradients::sums() const {
  const auto each = LayerValues::count(sizes_), d = sizes_.width, h = sizes_.hidden;
  const auto sum = block_.view({threads_, trained_ * each}).sum(at::IntArrayRef{0});
  std::vector<at::Tensor> result;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i] < 0) {
      result.resize(result.size() + kParameters);
      continue;
    }
    // Views of the sum, in the order of LayerValues.
    int64_t at = places_[i] * each;
    const auto next = [&](int64_t rows, int64_t columns) {
      const auto count = rows * std::max<int64_t>(columns, 1);
      auto part = sum.narrow(0, at, count);
      at += count;
      return columns > 0 ? part.view({rows, columns}) : part;
    };
    const auto g1 = next(d, 0), b1 = next(d, 0), qkv = next(3 * d, d), qkv_bias = next(3 * d, 0);
    const auto out = next(d, d), out_bias = next(d, 0), g2 = next(d, 0), b2 = next(d, 0);
    const auto fc1 = next(h, d), fc1_bias = next(h, 0), fc2 = next(d, h), fc2_bias = next(d, 0);
    result.insert(result.end(), {g1, b1});
    for (int64_t part = 0; part < 3; ++part) {
      result.push_back(qkv.narrow(0, part * d, d));
      result.push_back(qkv_bias.narrow(0, part * d, d));
    }
    const bool whole = i + 1 < places_.size();
    for (const auto& rest : {out, out_bias, g2, b2, fc1, fc1_bias, fc2, fc2_bias})
      result.push_back(whole ? rest : at::Tensor());
  }
  return result;
}

}  // namespace synood::encoder
