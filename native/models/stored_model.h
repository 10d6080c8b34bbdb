#pragma once

#include <utility>

#include "models/models.h"

namespace synood {

// What every model does with its parameters in the same way.
template <typename Base>
class StoredModel : public Base {
 public:
  StoredModel(Runtime runtime, const WeightSource& weights) : runtime_(runtime), store_(weights, runtime) {}

  ParameterStore& store() override { return store_; }
  Runtime runtime() const override { return runtime_; }
  int64_t bytes() const override { return store_.bytes(); }
  std::vector<NamedTensor> state() const override { return store_.state(); }

 protected:
  at::Tensor in_own_type(const at::Tensor& x) const { return x.to(runtime_.device, runtime_.dtype); }

  // A feature map with its channels side by side in memory, as convolutions and norms are fastest; what
  // follows keeps the order.
  static at::Tensor channels_last(const at::Tensor& x) {
    return x.contiguous(at::MemoryFormat::ChannelsLast);
  }

  Runtime runtime_;
  ParameterStore store_;
};

}  // namespace synood
