#pragma once

#include <utility>

#include "engine/cpu_cache.h"
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

  // Behind everything that the model held: its memory goes back to the system, not to the next tensor.
  struct GivesMemoryBack {
    ~GivesMemoryBack() { release_cpu_cache(); }
  };

  GivesMemoryBack gives_memory_back_;  // first, so that it goes last
  Runtime runtime_;
  ParameterStore store_;
};

}  // namespace synood
