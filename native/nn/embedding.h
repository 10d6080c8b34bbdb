#pragma once

#include "weights/parameters.h"

namespace synood {

// A table of vectors.
//
//   ids      (...) int64, below `count`
//   returns  (..., size)
struct Embedding {
  at::Tensor weight;  // (count, size)

  Embedding() = default;
  Embedding(const Weights& weights, int64_t count, int64_t size, Init init)
      : weight(weights.take("weight", {count, size}, init)) {}

  at::Tensor operator()(const at::Tensor& ids) const { return at::embedding(weight, ids); }
};

}  // namespace synood
