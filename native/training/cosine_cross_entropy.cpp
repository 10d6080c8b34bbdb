#include "training/cosine_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "engine/parallel.h"
#include "kernels/vector_loops.h"

namespace synood {

using kernels::LogitBlock;

namespace {

SYNOOD_VECTOR_LOOPS void inverse_norms_of(const float* table, float* result, int64_t rows, int64_t width) {
  for (int64_t k = 0; k < rows; ++k) {
    const float* row = table + k * width;
    const float norm = std::sqrt(lane_sum(width, [&](int64_t i) { return row[i] * row[i]; }));
    result[k] = 1 / std::max(norm, 1e-12f);
  }
}

// The classes that are computed together: with a few hundred samples their logits fit a core's cache. Sums
// over all classes are sums over blocks, in order, so that no thread's share of the work has bits of its own.
constexpr int64_t kBlock = 128;

int64_t blocks_of(int64_t classes) { return (classes + kBlock - 1) / kBlock; }

// d_k -= t_k <d_k, t_k> / |t_k|^2: what normalising t_k leaves of d_k = (G^T z)_k / |t_k|.
SYNOOD_VECTOR_LOOPS void subtract_along(const float* table, const float* inverse_norms, float* result,
                                        int64_t begin, int64_t end, int64_t width) {
  for (int64_t k = begin; k < end; ++k) {
    const float* from = table + k * width;
    float* to = result + k * width;
    const float inverse = inverse_norms[k];
    const float share = inverse * inverse * lane_sum(width, [&](int64_t i) { return to[i] * from[i]; });
    for (int64_t i = 0; i < width; ++i) to[i] -= share * from[i];
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
    inverse_norms_of(from + begin * width, to + begin, end - begin, width);
  });
}

void CosineCrossEntropy::for_blocks(double scale, c10::function_ref<void(const LogitBlock&, int64_t)> work) {
  const auto classes = gradients_.size(0), count = gradients_.size(1);
  float* logits = gradients_.mutable_data_ptr<float>();
  const float* norms = inverse_norms_.defined() ? inverse_norms_.const_data_ptr<float>() : nullptr;
  parallel_for(0, blocks_of(classes), std::max<int64_t>(1, (1 << 14) / (kBlock * count)),
               [&](int64_t begin, int64_t end) {
                 for (auto at = begin; at < end; ++at) {
                   const auto first = at * kBlock;
                   work({logits + first * count, norms ? norms + first : nullptr,
                         std::min(kBlock, classes - first), count, static_cast<float>(scale)},
                        at);
                 }
               });
}

CosineCrossEntropy::Result CosineCrossEntropy::forward(const at::Tensor& rows, const at::Tensor& table,
                                                       const at::Tensor& inverse_norms,
                                                       const at::Tensor& labels, double scale,
                                                       double weight) {
  const auto count = rows.size(0), classes = table.size(0), blocks = blocks_of(classes);
  resize(gradients_, {classes, count});
  resize(partial_, {blocks, count});
  resize(largest_, {count});
  resize(own_, {count});
  inverse_norms_ = inverse_norms;
  at::mm_out(gradients_, table, rows.t());

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
    gradient[label[b] * count + b] -=
        factor * (inverse_norms.defined() ? inverse_norms.const_data_ptr<float>()[label[b]] : 1);
  const auto n = static_cast<double>(count);
  return {weight * loss / n, static_cast<double>(right) / n};
}

const at::Tensor& CosineCrossEntropy::row_gradients(const at::Tensor& table) {
  resize(row_gradients_, {gradients_.size(1), table.size(1)});
  at::mm_out(row_gradients_, gradients_.t(), table);
  return row_gradients_;
}

void CosineCrossEntropy::table_gradients(const at::Tensor& rows, const at::Tensor& table,
                                         at::Tensor& result) {
  resize(result, table.sizes());
  at::mm_out(result, gradients_, rows);
  if (!inverse_norms_.defined()) return;
  const auto width = table.size(1);
  parallel_for(0, table.size(0), std::max<int64_t>(1, (1 << 14) / width), [&](int64_t begin, int64_t end) {
    subtract_along(table.const_data_ptr<float>(), inverse_norms_.const_data_ptr<float>(),
                   result.mutable_data_ptr<float>(), begin, end, width);
  });
}

}  // namespace synood
