#pragma once

#include <ATen/ATen.h>
#include <c10/util/FunctionRef.h>

#include <cstdint>

#include "kernels/column_softmax.h"
#include "nn/packed_weight.h"

namespace synood {

// Cross-entropy over scaled cosines, with its gradients in closed form, on the CPU. Buffers are kept from
// step to step: at the size of these heads an autograd graph and fresh memory cost as much as the arithmetic.
//
//   l_bk = s <z_b, t_k>;   loss = mean_b (logsumexp_k l_bk - l_by);   G = s (softmax(l) - onehot(y)) / B
//
//   rows    z (B, D), unit rows
//   table   t (K, D)
struct HeadLoss {
  double loss, accuracy;
};

// Over a table of unit rows that stays as it is, packed once for each of both products.
class FixedTableCrossEntropy {
 public:
  explicit FixedTableCrossEntropy(const at::Tensor& table);
  // labels (B) int64 on the CPU
  HeadLoss forward(const at::Tensor& rows, const at::Tensor& labels, double scale);
  // Of the last forward: dz = G t (B, D)
  at::Tensor row_gradients();

 private:
  at::Tensor table_;
  PackedWeight to_logits_, from_logits_;
  at::Tensor gradients_;  // (B, K): logits, then G
};

// Over a table of raw rows that are being trained, by whose `inverse_norms` (K) logits are multiplied. Logits
// lie transposed, (K, B): the products with the table then read and write whole rows of it, the batch is what
// is packed, and the softmax is over columns.
class CosineCrossEntropy {
 public:
  // labels (B) int64 on the CPU. `weight` multiplies loss and G.
  HeadLoss forward(const at::Tensor& rows, const at::Tensor& table, const at::Tensor& inverse_norms,
                   const at::Tensor& labels, double scale, double weight = 1);

  // Of the last forward: dz = G t^, with t^ the unit rows, and
  // dt_k = d_k - t_k <d_k, t_k> / |t_k|^2, where d_k = (G^T z)_k / |t_k|.
  const at::Tensor& row_gradients(const at::Tensor& table);
  void table_gradients(const at::Tensor& rows, const at::Tensor& table, at::Tensor& result);
  // work(first, end, d (end - first, D)) for consecutive parts of the table, each while it is in cache
  void for_table_gradients(const at::Tensor& rows,
                           c10::function_ref<void(int64_t, int64_t, const at::Tensor&)> work);

 private:
  // work(block, its number) for all blocks of classes
  void for_blocks(double scale, c10::function_ref<void(const kernels::LogitBlock&, int64_t)> work);

  at::Tensor gradients_;                // (K, B): logits, then their exponentials, then G^T / |t|
  at::Tensor partial_, largest_, own_;  // (blocks, B), (B), (B)
  at::Tensor inverse_norms_, row_gradients_;
};

// (K): 1 / max(|t_k|, 1e-12) of table (K, D), into `result`.
void inverse_row_norms(const at::Tensor& table, at::Tensor& result);

}  // namespace synood
