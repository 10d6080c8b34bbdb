#include "training/cosine_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/parallel.h"
#include "kernels/row_cross_entropy.h"
#include "kernels/table_descent.h"
#include "kernels/vector_loops.h"
#include "nn/packed_matrix.h"

namespace synood {

using kernels::LogitBlock;

namespace {

// The classes that are computed together: with a few hundred samples their logits fit a core's cache. Sums
// over all classes are sums over blocks, in order, so that no thread's share of the work has bits of its own.
constexpr int64_t kBlock = 128;

int64_t blocks_of(int64_t classes) { return (classes + kBlock - 1) / kBlock; }

// The rows of the table whose gradients are computed together: those of a few hundred numbers fit the cores'
// common cache, and each product prepares a little.
constexpr int64_t kPart = 2048;

// g_k = d_k - t_k <d_k, t_k> / |t_k|^2: what normalising t_k leaves of d_k = (G^T z)_k / |t_k|.
SYNOOD_VECTOR_LOOPS void subtract_along(const float* table, const float* inverse_norms, const float* from,
                                        float* result, int64_t count, int64_t width) {
  for (int64_t k = 0; k < count; ++k) {
    const float *t = table + k * width, *d = from + k * width;
    float* __restrict g = result + k * width;
    const float inverse = inverse_norms[k];
    const float share = inverse * inverse * lane_sum(width, [&](int64_t i) { return d[i] * t[i]; });
    for (int64_t i = 0; i < width; ++i) g[i] = d[i] - share * t[i];
  }
}

void resize(at::Tensor& buffer, at::IntArrayRef shape) {
  if (!buffer.defined() || buffer.sizes() != shape) buffer = at::empty(shape, at::kFloat);
}

}  // namespace

void inverse_row_norms(const at::Tensor& table, at::Tensor& result) {
  resize(result, {table.size(0)});
  const auto width = table.size(1);
  const float* from = table.const_data_ptr<float>();
  float* to = result.mutable_data_ptr<float>();
  parallel_for(0, table.size(0), std::max<int64_t>(1, (1 << 14) / width), [&](int64_t begin, int64_t end) {
    kernels::inverse_norms_of(from + begin * width, end - begin, width, to + begin);
  });
}

void CosineCrossEntropy::for_blocks(double scale, c10::function_ref<void(const LogitBlock&, int64_t)> work) {
  const auto classes = gradients_.size(0), count = gradients_.size(1);
  float* logits = gradients_.mutable_data_ptr<float>();
  const float* norms = inverse_norms_.const_data_ptr<float>();
  parallel_for(0, blocks_of(classes), std::max<int64_t>(1, (1 << 14) / (kBlock * count)),
               [&](int64_t begin, int64_t end) {
                 for (auto at = begin; at < end; ++at) {
                   const auto first = at * kBlock;
                   work({logits + first * count, norms + first, std::min(kBlock, classes - first), count,
                         static_cast<float>(scale)},
                        at);
                 }
               });
}

FixedTableCrossEntropy::FixedTableCrossEntropy(const at::Tensor& table)
    : table_(table.contiguous()), from_logits_([](const at::Tensor& t) { return t.t(); }) {}

HeadLoss FixedTableCrossEntropy::forward(const at::Tensor& rows, const at::Tensor& labels, double scale) {
  const auto count = rows.size(0), classes = table_.size(0);
  gradients_ = to_logits_.linear(rows, table_, {});
  if (!gradients_.defined()) gradients_ = at::mm(rows, table_.t());
  std::vector<kernels::RowLoss> found(static_cast<size_t>(count));
  float* logits = gradients_.mutable_data_ptr<float>();
  const int64_t* label = labels.const_data_ptr<int64_t>();
  const auto factor = static_cast<float>(scale / static_cast<double>(count));
  parallel_for(0, count, std::max<int64_t>(1, (1 << 14) / classes), [&](int64_t begin, int64_t end) {
    for (auto b = begin; b < end; ++b)
      found[static_cast<size_t>(b)] = kernels::cross_entropy_row(logits + b * classes, classes, label[b],
                                                                 static_cast<float>(scale), factor);
  });
  double loss = 0;
  int64_t right = 0;
  for (const auto& row : found) {
    loss += row.loss;
    right += row.right ? 1 : 0;
  }
  const auto n = static_cast<double>(count);
  return {loss / n, static_cast<double>(right) / n};
}

at::Tensor FixedTableCrossEntropy::row_gradients() {
  const auto gradients = from_logits_.linear(gradients_, table_, {});
  return gradients.defined() ? gradients : at::mm(gradients_, table_);
}

HeadLoss CosineCrossEntropy::forward(const at::Tensor& rows, const at::Tensor& table,
                                     const at::Tensor& inverse_norms, const at::Tensor& labels, double scale,
                                     double weight) {
  const auto count = rows.size(0), classes = table.size(0), blocks = blocks_of(classes);
  resize(partial_, {blocks, count});
  resize(largest_, {count});
  resize(own_, {count});
  inverse_norms_ = inverse_norms;
  gradients_ = PackedMatrix(rows, classes)(table.detach());

  float *gradient = gradients_.mutable_data_ptr<float>(), *partial = partial_.mutable_data_ptr<float>();
  float *largest = largest_.mutable_data_ptr<float>(), *own = own_.mutable_data_ptr<float>();
  const int64_t* label = labels.const_data_ptr<int64_t>();
  for_blocks(scale, [&](const LogitBlock& block, int64_t at) {
    kernels::scale_logits(block, partial + at * count);
  });
  at::amax_out(largest_, partial_, at::IntArrayRef{0});
  for (int64_t b = 0; b < count; ++b) own[b] = gradient[label[b] * count + b];
  for_blocks(scale, [&](const LogitBlock& block, int64_t at) {
    kernels::exponentials(block, largest, partial + at * count);
  });

  const float factor = static_cast<float>(scale * weight / static_cast<double>(count));
  double loss = 0;
  int64_t right = 0;
  for (int64_t b = 0; b < count; ++b) {
    double sum = 0;
    for (int64_t at = 0; at < blocks; ++at) sum += partial[at * count + b];
    loss += static_cast<double>(largest[b]) + std::log(sum) - own[b];
    if (own[b] >= largest[b]) ++right;
    largest[b] = static_cast<float>(factor / sum);  // what its exponentials are multiplied by
  }
  for_blocks(scale, [&](const LogitBlock& block, int64_t) { kernels::scale_shares(block, largest); });
  for (int64_t b = 0; b < count; ++b)
    gradient[label[b] * count + b] -= factor * inverse_norms.const_data_ptr<float>()[label[b]];
  const auto n = static_cast<double>(count);
  return {weight * loss / n, static_cast<double>(right) / n};
}

const at::Tensor& CosineCrossEntropy::row_gradients(const at::Tensor& table) {
  resize(row_gradients_, {gradients_.size(1), table.size(1)});
  at::mm_out(row_gradients_, gradients_.t(), table);
  return row_gradients_;
}

void CosineCrossEntropy::for_table_gradients(
    const at::Tensor& rows, c10::function_ref<void(int64_t, int64_t, const at::Tensor&)> work) {
  const auto classes = gradients_.size(0);
  const PackedMatrix transposed(rows.t(), classes);
  for (int64_t first = 0; first < classes; first += kPart) {
    const auto end = std::min(classes, first + kPart);
    work(first, end, transposed(gradients_.narrow(0, first, end - first)));
  }
}

void CosineCrossEntropy::table_gradients(const at::Tensor& rows, const at::Tensor& table,
                                         at::Tensor& result) {
  resize(result, table.sizes());
  const auto width = table.size(1);
  for_table_gradients(rows, [&](int64_t first, int64_t end, const at::Tensor& part) {
    const float *from = part.const_data_ptr<float>(), *rows_of_table = table.const_data_ptr<float>();
    float* to = result.mutable_data_ptr<float>();
    parallel_for(first, end, std::max<int64_t>(1, (1 << 14) / width), [&](int64_t begin, int64_t stop) {
      subtract_along(rows_of_table + begin * width, inverse_norms_.const_data_ptr<float>() + begin,
                     from + (begin - first) * width, to + begin * width, stop - begin, width);
    });
  });
}

}  // namespace synood
