#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace synood {

// Rows a product: nearly full speed with some ten thousand labels, and a single image still costs
// milliseconds.
inline constexpr int64_t kScoreRows = 256;

// operation((block, D)) -> (block, ...) over all rows (N, D), `block` at a time: bounded memory, and always
// products of one shape, so that a row's bits depend neither on how many came with it nor on its place.
template <typename Operation>
at::Tensor map_rows(const at::Tensor& rows, int64_t block, const Operation& operation) {
  std::vector<at::Tensor> results;
  for (int64_t begin = 0; begin < rows.size(0); begin += block) {
    const auto part = rows.slice(0, begin, begin + block);
    const auto missing = block - part.size(0);
    results.push_back(operation(missing ? at::constant_pad_nd(part, {0, 0, 0, missing}) : part));
    if (missing) results.back() = results.back().slice(0, 0, part.size(0));
  }
  return at::cat(results);
}

}  // namespace synood
