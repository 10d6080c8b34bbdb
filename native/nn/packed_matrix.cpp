#include "nn/packed_matrix.h"

#include "nn/packed_operators.h"
#include "nn/packed_weight.h"

namespace synood {

namespace {

// Rows of x for each row of w from which on packing pays, and what each call of the product prepares.
constexpr int64_t kWorthIt = 8;

}  // namespace

PackedMatrix::PackedMatrix(const at::Tensor& w, int64_t rows) : matrix_(w) {
  if (rows < kWorthIt * w.size(0) || !worth_packing(w)) return;
  packed_ = packed::Operators::get().reorder_linear->call(w.contiguous(), rows);
}

at::Tensor PackedMatrix::operator()(const at::Tensor& x) const {
  if (!packed_.defined()) return at::mm(x, matrix_.t());
  return packed::Operators::get().linear->call(x, packed_, std::nullopt, "none", packed::Scalars(),
                                               std::nullopt);
}

}  // namespace synood
