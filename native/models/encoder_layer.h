#pragma once

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <cstdint>

namespace synood::encoder {

// A row of buffers, one after the other.
class Slices {
 public:
  explicit Slices(float* data = nullptr) : next_(data) {}
  float* take(int64_t count) {
    auto* data = next_;
    next_ += count;
    return data;
  }

 private:
  float* next_;
};

struct Sizes {
  int64_t length, width, hidden, heads;
  bool causal;
  float eps;
  int64_t depth() const { return width / heads; }
  double scale() const { return 1 / std::sqrt(static_cast<double>(depth())); }
};

// Parameters of a layer, and the places of their gradients: one thread's own. Queries', keys' and values' lie
// side by side (in()), or where the layer has them: then their products are three instead of one.
struct LayerValues {
  float *g1, *b1;
  std::array<float*, 3> qkv, qkv_bias;
  float *out, *out_bias, *g2, *b2, *fc1, *fc1_bias, *fc2, *fc2_bias;

  bool together(const Sizes& s) const {
    const auto size = s.width * s.width;
    return qkv[1] == qkv[0] + size && qkv[2] == qkv[1] + size && qkv_bias[1] == qkv_bias[0] + s.width &&
           qkv_bias[2] == qkv_bias[1] + s.width;
  }

  static int64_t count(const Sizes& s) {
    return s.width * (4 * s.width + 2 * s.hidden) + 9 * s.width + s.hidden;
  }
  static LayerValues in(Slices slices, const Sizes& s) {
    LayerValues v{};
    v.g1 = slices.take(s.width);
    v.b1 = slices.take(s.width);
    for (auto& part : v.qkv) part = slices.take(s.width * s.width);
    for (auto& part : v.qkv_bias) part = slices.take(s.width);
    v.out = slices.take(s.width * s.width);
    v.out_bias = slices.take(s.width);
    v.g2 = slices.take(s.width);
    v.b2 = slices.take(s.width);
    v.fc1 = slices.take(s.hidden * s.width);
    v.fc1_bias = slices.take(s.hidden);
    v.fc2 = slices.take(s.width * s.hidden);
    v.fc2_bias = slices.take(s.width);
    return v;
  }
};

// What a layer keeps of some samples for the way back.
struct Kept {
  float *x, *statistics1, *qkv, *shares, *gathered, *mid, *statistics2, *hidden;

  static int64_t count(const Sizes& s, int64_t samples) {
    const auto tokens = samples * s.length;
    return tokens * (6 * s.width + s.hidden + 4) + samples * s.heads * s.length * s.length;
  }
  static Kept in(Slices slices, const Sizes& s, int64_t samples) {
    const auto tokens = samples * s.length;
    Kept k{};
    k.x = slices.take(tokens * s.width);
    k.statistics1 = slices.take(2 * tokens);
    k.qkv = slices.take(3 * tokens * s.width);
    k.shares = slices.take(samples * s.heads * s.length * s.length);
    k.gathered = slices.take(tokens * s.width);
    k.mid = slices.take(tokens * s.width);
    k.statistics2 = slices.take(2 * tokens);
    k.hidden = slices.take(tokens * s.hidden);
    return k;
  }
};

// A thread's own rows to work in.
struct Scratch {
  float *normed, *wide, *wide2, *qkv, *states, *gradients, *heads;

  static int64_t count(const Sizes& s, int64_t samples) {
    const auto tokens = samples * s.length;
    return tokens * (6 * s.width + 2 * s.hidden) + s.heads * s.length * (s.length + s.depth());
  }
  static Scratch in(Slices slices, const Sizes& s, int64_t samples) {
    const auto tokens = samples * s.length;
    Scratch r{};
    r.normed = slices.take(tokens * s.width);
    r.wide = slices.take(tokens * s.hidden);
    r.wide2 = slices.take(tokens * s.hidden);
    r.qkv = slices.take(3 * tokens * s.width);
    r.states = slices.take(tokens * s.width);
    r.gradients = slices.take(tokens * s.width);
    r.heads = slices.take(s.heads * s.length * (s.length + s.depth()));
    return r;
  }
};

// Rows of a product, as they lie.
at::Tensor matrix(const float* data, int64_t rows, int64_t columns);
// c = scale a b (+ c)
void multiply(at::Tensor c, const at::Tensor& a, const at::Tensor& b, bool add = false, double scale = 1);
// c (m, n) += a^T b over `rows` rows of a (rows, m) and b (rows, n)
void add_product(float* c, const float* a, const float* b, int64_t rows, int64_t m, int64_t n);
// y (rows, out) = x W^T + b
void affine(float* y, const float* x, const float* weight, const float* bias, int64_t rows, int64_t in,
            int64_t out);
// The projections from `first` (0 queries, 1 keys, 2 values) to the last: y (rows, (3 - first) D), and on the
// way back dx (rows, D) from dy.
void project(float* y, const float* x, const LayerValues& p, int64_t first, int64_t rows, const Sizes& s);
void project_backward(float* dx, const float* dy, const LayerValues& p, int64_t first, int64_t rows,
                      const Sizes& s);

// (heads, rows, depth) of one sample, as it lies among rows of `stride` numbers; and as a block of its own
at::Tensor heads_of(const float* data, const Sizes& s, int64_t rows, int64_t stride);
at::Tensor batch(float* data, int64_t heads, int64_t rows, int64_t columns);
// (heads, rows, depth) back among rows of `stride` numbers
void scatter_heads(const float* from, float* to, const Sizes& s, int64_t rows, int64_t stride);
void multiply_heads(at::Tensor c, const at::Tensor& a, const at::Tensor& b, double scale = 1);

// A whole layer: x in kept.x -> y.
void layer_forward(const LayerValues& p, const Kept& k, const Scratch& r, float* y, const Sizes& s,
                   int64_t samples);
// The gradient of the layer's output in r.states becomes that of its input; `d` gets the parameters'
// gradients where the layer is trained.
void layer_backward(const LayerValues& p, const LayerValues& d, bool trained, const Kept& k, const Scratch& r,
                    const Sizes& s, int64_t samples);

}  // namespace synood::encoder
