#include "models/encoder_layer.h"

#include <cstring>

#include "kernels/encoder_rows.h"

namespace synood::encoder {

at::Tensor matrix(const float* data, int64_t rows, int64_t columns) {
  return at::from_blob(const_cast<float*>(data), {rows, columns}, at::kFloat);
}

void multiply(at::Tensor c, const at::Tensor& a, const at::Tensor& b, bool add, double scale) {
  at::addmm_out(c, c, a, b, add ? 1 : 0, scale);
}

void affine(float* y, const float* x, const float* weight, const float* bias, int64_t rows, int64_t in,
            int64_t out) {
  encoder_rows::repeat_row(bias, y, rows, out);
  multiply(matrix(y, rows, out), matrix(x, rows, in), matrix(weight, out, in).t(), /*add=*/true);
}

void project(float* y, const float* x, const LayerValues& p, int64_t first, int64_t rows, const Sizes& s) {
  const auto d = s.width, columns = (3 - first) * d;
  const auto begin = static_cast<size_t>(first);
  if (p.together(s)) return affine(y, x, p.qkv[begin], p.qkv_bias[begin], rows, d, columns);
  for (auto part = begin; part < 3; ++part) {
    auto own = matrix(y, rows, columns).narrow(1, static_cast<int64_t>(part - begin) * d, d);
    at::addmm_out(own, matrix(p.qkv_bias[part], 1, d).squeeze(0), matrix(x, rows, d),
                  matrix(p.qkv[part], d, d).t());
  }
}

void project_backward(float* dx, const float* dy, const LayerValues& p, int64_t first, int64_t rows,
                      const Sizes& s) {
  const auto d = s.width, columns = (3 - first) * d;
  const auto begin = static_cast<size_t>(first);
  if (p.together(s))
    return multiply(matrix(dx, rows, d), matrix(dy, rows, columns), matrix(p.qkv[begin], columns, d));
  for (auto part = begin; part < 3; ++part) {
    const auto own = matrix(dy, rows, columns).narrow(1, static_cast<int64_t>(part - begin) * d, d);
    multiply(matrix(dx, rows, d), own, matrix(p.qkv[part], d, d), /*add=*/part > begin);
  }
}

at::Tensor heads_of(const float* data, const Sizes& s, int64_t rows, int64_t stride) {
  return at::from_blob(const_cast<float*>(data), {s.heads, rows, s.depth()}, {s.depth(), stride, 1},
                       at::kFloat);
}
at::Tensor batch(float* data, int64_t heads, int64_t rows, int64_t columns) {
  return at::from_blob(data, {heads, rows, columns}, at::kFloat);
}

void scatter_heads(const float* from, float* to, const Sizes& s, int64_t rows, int64_t stride) {
  const auto bytes = static_cast<size_t>(s.depth()) * sizeof(float);
  for (int64_t head = 0; head < s.heads; ++head)
    for (int64_t row = 0; row < rows; ++row, from += s.depth())
      std::memcpy(to + row * stride + head * s.depth(), from, bytes);
}

void multiply_heads(at::Tensor c, const at::Tensor& a, const at::Tensor& b, double scale) {
  at::baddbmm_out(c, c, a, b, /*beta=*/0, scale);
}

namespace {

// One sample: queries, keys, values (L, 3 D) -> shares (heads, L, L), gathered (L, D)
void attend(const float* qkv, float* shares, float* gathered, float* heads, const Sizes& s) {
  const auto stride = 3 * s.width;
  auto scores = batch(shares, s.heads, s.length, s.length);
  multiply_heads(scores, heads_of(qkv, s, s.length, stride),
                 heads_of(qkv + s.width, s, s.length, stride).transpose(1, 2), s.scale());
  for (int64_t head = 0; head < s.heads; ++head)
    encoder_rows::softmax(shares + head * s.length * s.length, s.length, s.length, s.causal);
  multiply_heads(batch(heads, s.heads, s.length, s.depth()), scores,
                 heads_of(qkv + 2 * s.width, s, s.length, stride));
  scatter_heads(heads, gathered, s, s.length, s.width);
}

// The way back: gradients of gathered (L, D) -> of queries, keys, values (L, 3 D)
void attend_backward(const float* qkv, float* shares, const float* gathered, float* gradients, float* heads,
                     const Sizes& s) {
  const auto stride = 3 * s.width;
  auto* scores = heads + s.heads * s.length * s.depth();
  const auto given = heads_of(gathered, s, s.length, s.width);
  const auto share = batch(shares, s.heads, s.length, s.length);
  auto result = batch(heads, s.heads, s.length, s.depth());
  multiply_heads(result, share.transpose(1, 2), given);
  scatter_heads(heads, gradients + 2 * s.width, s, s.length, stride);
  auto ds = batch(scores, s.heads, s.length, s.length);
  multiply_heads(ds, given, heads_of(qkv + 2 * s.width, s, s.length, stride).transpose(1, 2));
  encoder_rows::softmax_backward(shares, scores, s.heads * s.length, s.length);
  multiply_heads(result, ds, heads_of(qkv + s.width, s, s.length, stride), s.scale());
  scatter_heads(heads, gradients, s, s.length, stride);
  multiply_heads(result, ds.transpose(1, 2), heads_of(qkv, s, s.length, stride), s.scale());
  scatter_heads(heads, gradients + s.width, s, s.length, stride);
}

}  // namespace

void add_product(float* c, const float* a, const float* b, int64_t rows, int64_t m, int64_t n) {
  multiply(matrix(c, m, n), matrix(a, rows, m).t(), matrix(b, rows, n), /*add=*/true);
}

void layer_forward(const LayerValues& p, const Kept& k, const Scratch& r, float* y, const Sizes& s,
                   int64_t samples) {
  const auto tokens = samples * s.length;
  encoder_rows::layer_norm(k.x, p.g1, p.b1, s.eps, r.normed, k.statistics1, tokens, s.width);
  project(k.qkv, r.normed, p, 0, tokens, s);
  for (int64_t n = 0; n < samples; ++n)
    attend(k.qkv + n * s.length * 3 * s.width, k.shares + n * s.heads * s.length * s.length,
           k.gathered + n * s.length * s.width, r.heads, s);
  std::memcpy(k.mid, k.x, static_cast<size_t>(tokens * s.width) * sizeof(float));
  affine(r.normed, k.gathered, p.out, p.out_bias, tokens, s.width, s.width);
  encoder_rows::add(r.normed, k.mid, tokens * s.width);
  encoder_rows::layer_norm(k.mid, p.g2, p.b2, s.eps, r.normed, k.statistics2, tokens, s.width);
  affine(k.hidden, r.normed, p.fc1, p.fc1_bias, tokens, s.width, s.hidden);
  encoder_rows::quick_gelu(k.hidden, r.wide, tokens * s.hidden);
  affine(y, r.wide, p.fc2, p.fc2_bias, tokens, s.hidden, s.width);
  encoder_rows::add(k.mid, y, tokens * s.width);
}

void layer_backward(const LayerValues& p, const LayerValues& d, bool trained, const Kept& k, const Scratch& r,
                    const Sizes& s, int64_t samples) {
  const auto tokens = samples * s.length;
  multiply(matrix(r.wide, tokens, s.hidden), matrix(r.states, tokens, s.width),
           matrix(p.fc2, s.width, s.hidden));
  encoder_rows::quick_gelu_backward(k.hidden, r.wide, r.wide2, tokens * s.hidden);
  if (trained) {
    add_product(d.fc2, r.states, r.wide2, tokens, s.width, s.hidden);
    encoder_rows::add_rows(r.states, d.fc2_bias, tokens, s.width);
    encoder_rows::layer_norm_again(k.mid, k.statistics2, p.g2, p.b2, r.normed, tokens, s.width);
    add_product(d.fc1, r.wide, r.normed, tokens, s.hidden, s.width);
    encoder_rows::add_rows(r.wide, d.fc1_bias, tokens, s.hidden);
  }
  multiply(matrix(r.gradients, tokens, s.width), matrix(r.wide, tokens, s.hidden),
           matrix(p.fc1, s.hidden, s.width));
  encoder_rows::layer_norm_backward(k.mid, k.statistics2, p.g2, r.gradients, r.states, d.g2, d.b2, tokens,
                                    s.width);

  multiply(matrix(r.gradients, tokens, s.width), matrix(r.states, tokens, s.width),
           matrix(p.out, s.width, s.width));
  if (trained) {
    add_product(d.out, r.states, k.gathered, tokens, s.width, s.width);
    encoder_rows::add_rows(r.states, d.out_bias, tokens, s.width);
  }
  for (int64_t n = 0; n < samples; ++n)
    attend_backward(k.qkv + n * s.length * 3 * s.width, k.shares + n * s.heads * s.length * s.length,
                    r.gradients + n * s.length * s.width, r.qkv + n * s.length * 3 * s.width, r.heads, s);
  if (trained) {
    encoder_rows::layer_norm_again(k.x, k.statistics1, p.g1, p.b1, r.normed, tokens, s.width);
    add_product(d.qkv[0], r.qkv, r.normed, tokens, 3 * s.width, s.width);
    encoder_rows::add_rows(r.qkv, d.qkv_bias[0], tokens, 3 * s.width);
  }
  project_backward(r.gradients, r.qkv, p, 0, tokens, s);
  encoder_rows::layer_norm_backward(k.x, k.statistics1, p.g1, r.gradients, r.states, d.g1, d.b1, tokens,
                                    s.width);
}

}  // namespace synood::encoder
