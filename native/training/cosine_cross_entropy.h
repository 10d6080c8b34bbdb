#pragma once

#include <ATen/ATen.h>
#include <c10/util/FunctionRef.h>

#include <cstdint>

#include "kernels/column_softmax.h"

namespace synood {

// Cross-entropy over scaled cosines, with its gradients in closed form, on the CPU. Buffers are kept from
// step to step: at the size of these heads an autograd graph and fresh memory cost as much as the arithmetic.
//
//   l_bk = s <z_b, t_k>;   loss = mean_b (logsumexp_k l_bk - l_by);   G = s (softmax(l) - onehot(y)) / B
//
//   rows    z (B, D), unit rows
//   table   t (K, D), unit rows; or raw ones with `inverse_norms` (K), by which logits are multiplied
//
// Logits lie transposed, (K, B): the products with the table then read and write whole rows of it, which the
// library does at close to the machine's peak (the other way round at two thirds of that), and the softmax is
// over columns.
class CosineCrossEntropy {
 public:
  struct Result {
    double loss, accuracy;
  };
  // labels (B) int64 on the CPU. `weight` multiplies loss and G.
  Result forward(const at::Tensor& rows, const at::Tensor& table, const at::Tensor& inverse_norms,
                 const at::Tensor& labels, double scale, double weight = 1);

  // Of the last forward: dz = G t, and dt = G^T z. With inverse_norms t's raw rows get
  // dt_k = (G^T z)_k / |t_k| - t_k sum_b G_bk cos_bk / |t_k|^2.
  const at::Tensor& row_gradients(const at::Tensor& table);
  void table_gradients(const at::Tensor& rows, const at::Tensor& table, at::Tensor& result);

 private:
  // work(block, its number) for all blocks of classes
  void for_blocks(double scale, c10::function_ref<void(const kernels::LogitBlock&, int64_t)> work);

  at::Tensor gradients_;                      // (K, B): logits, then their exponentials, then G^T
  at::Tensor partial_, largest_, own_;        // (blocks, B), (B), (B)
  at::Tensor inverse_norms_, row_gradients_;  // undefined for unit tables
};

// (K): 1 / max(|t_k|, 1e-12) of table (K, D), into `result`.
void inverse_row_norms(const at::Tensor& table, at::Tensor& result);

}  // namespace synood
