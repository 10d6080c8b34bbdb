#pragma once

#include <ATen/ATen.h>

namespace synood {

// A matrix w (N, K) packed once for some products y (M, N) = x (M, K) w^T: of a batch of rows with a table
// that has many times as many, where the table changes all the time and the batch is soon gone. Where packing
// is not possible or does not pay, the ordinary product.
class PackedMatrix {
 public:
  // rows: how many of x will be multiplied, in all calls together
  PackedMatrix(const at::Tensor& w, int64_t rows);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor matrix_, packed_;
};

}  // namespace synood
