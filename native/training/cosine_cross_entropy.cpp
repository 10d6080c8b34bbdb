#include "training/cosine_cross_entropy.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "kernels/vector_loops.h"

namespace synood {

namespace {

SYNOOD_VECTOR_LOOPS void inverse_norms_of(const float* table, float* result, int64_t rows, int64_t width) {
  for (int64_t k = 0; k < rows; ++k) {
    const float* row = table + k * width;
    const float norm = std::sqrt(lane_sum(width, [&](int64_t i) { return row[i] * row[i]; }));
    result[k] = 1 / std::max(norm, 1e-12f);
  }
}

// along_k += p_k l_k / s: what the softmax's part of G has along t_k.
SYNOOD_VECTOR_LOOPS void add_along(const float* shares, const float* logits, float factor, float* along,
                                   int64_t count) {
  for (int64_t k = 0; k < count; ++k) along[k] += factor * shares[k] * logits[k];
}

SYNOOD_VECTOR_LOOPS void subtract_along(const float* table, const float* along, const float* inverse_norms,
                                        float* result, int64_t begin, int64_t end, int64_t width) {
  for (int64_t k = begin; k < end; ++k) {
    const float inverse = inverse_norms[k], share = along[k] * inverse * inverse;
    const float* from = table + k * width;
    float* to = result + k * width;
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
  at::parallel_for(0, table.size(0), std::max<int64_t>(1, (1 << 16) / width),
                   [&](int64_t begin, int64_t end) {
                     inverse_norms_of(from + begin * width, to + begin, end - begin, width);
                   });
}

CosineCrossEntropy::Result CosineCrossEntropy::forward(const at::Tensor& rows, const at::Tensor& table,
                                                       const at::Tensor& inverse_norms,
                                                       const at::Tensor& labels, double scale,
                                                       double weight) {
  const auto count = rows.size(0), classes = table.size(0);
  resize(logits_, {count, classes});
  resize(gradients_, {count, classes});
  resize(largest_, {count});
  resize(top_, {count});
  inverse_norms_ = inverse_norms;
  at::addmm_out(logits_, logits_, rows, table.t(), /*beta=*/0, /*alpha=*/scale);
  if (inverse_norms.defined()) logits_.mul_(inverse_norms);
  at::amax_out(largest_, logits_, at::IntArrayRef{1});
  at::_softmax_out(gradients_, logits_, 1, /*half_to_float=*/false);
  at::amax_out(top_, gradients_, at::IntArrayRef{1});

  const float* logit = logits_.const_data_ptr<float>();
  float* gradient = gradients_.mutable_data_ptr<float>();
  const float *largest = largest_.const_data_ptr<float>(), *top = top_.const_data_ptr<float>();
  const int64_t* label = labels.const_data_ptr<int64_t>();
  if (inverse_norms.defined()) {
    resize(along_, {classes});
    along_.zero_();
  }
  const float factor = static_cast<float>(scale * weight / static_cast<double>(count));
  double loss = 0;
  int64_t right = 0;
  for (int64_t b = 0; b < count; ++b) {
    const float own = logit[b * classes + label[b]];
    // The largest share is exp(largest - logsumexp), and at least 1 / K: its logarithm is safe.
    loss += static_cast<double>(largest[b]) - std::log(static_cast<double>(top[b])) - own;
    if (own >= largest[b]) ++right;
    gradient[b * classes + label[b]] -= 1;
    if (inverse_norms.defined())
      add_along(gradient + b * classes, logit + b * classes, factor / static_cast<float>(scale),
                along_.mutable_data_ptr<float>(), classes);
  }
  if (inverse_norms.defined())
    gradients_.mul_(inverse_norms * factor);
  else
    gradients_.mul_(factor);
  const auto n = static_cast<double>(count);
  return {weight * loss / n, static_cast<double>(right) / n};
}

const at::Tensor& CosineCrossEntropy::row_gradients(const at::Tensor& table) {
  resize(row_gradients_, {gradients_.size(0), table.size(1)});
  at::mm_out(row_gradients_, gradients_, table);
  return row_gradients_;
}

void CosineCrossEntropy::table_gradients(const at::Tensor& rows, const at::Tensor& table,
                                         at::Tensor& result) {
  resize(result, table.sizes());
  at::mm_out(result, gradients_.t(), rows);
  if (!inverse_norms_.defined()) return;
  const auto width = table.size(1);
  at::parallel_for(0, table.size(0), std::max<int64_t>(1, (1 << 16) / width),
                   [&](int64_t begin, int64_t end) {
                     subtract_along(table.const_data_ptr<float>(), along_.const_data_ptr<float>(),
                                    inverse_norms_.const_data_ptr<float>(), result.mutable_data_ptr<float>(),
                                    begin, end, width);
                   });
}

}  // namespace synood
