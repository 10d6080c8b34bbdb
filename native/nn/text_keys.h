#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <unordered_map>

namespace synood {

// Keys and values that cross-attentions made of one text. They depend on the text and on the weights alone,
// so all calls of a denoising share them, and its next iterations do. Belongs to whoever owns the text: it is
// to be dropped with the text and when weights change. For one thread at a time.
class TextKeys {
 public:
  struct Pair {
    at::Tensor keys, values;  // (N, S, D)
  };

  // What make() gave for the layer with this weight before, or gives now.
  template <typename Make>
  Pair of(const at::Tensor& weight, Make make) {
    const auto found = kept_.find(weight.unsafeGetTensorImpl());
    if (found != kept_.end()) return found->second;
    auto pair = make();
    // Not with a graph behind them, which belongs to one call.
    if (!pair.keys.requires_grad() && !pair.values.requires_grad()) {
      kept_.emplace(weight.unsafeGetTensorImpl(), pair);
    }
    return pair;
  }

  size_t layers() const { return kept_.size(); }

 private:
  std::unordered_map<const void*, Pair> kept_;
};

// A text as cross-attentions meet it.
struct Text {
  at::Tensor states;               // (N, S, C)
  std::shared_ptr<TextKeys> keys;  // undefined: keys and values are made at every call
};

}  // namespace synood
