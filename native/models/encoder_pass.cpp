#include "models/encoder_pass.h"

#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/parallel.h"
#include "kernels/encoder_rows.h"
#include "models/clip_encoder_training.h"
#include "models/encoder_layer.h"
#include "models/encoder_values.h"

// Of MKL, where LibTorch was built with it: how many threads its products on this thread take from now on (0:
// as many as everywhere else); returns what it was.
extern "C" int MKL_Set_Num_Threads_Local(int threads) __attribute__((weak));

namespace synood {

using namespace encoder;

namespace {

// Without it MKL would open a team of threads and take a lock for every product within our own threads: both
// wait for each other more than they compute.
class OneThreadEach {
 public:
  OneThreadEach() : before_(MKL_Set_Num_Threads_Local ? MKL_Set_Num_Threads_Local(1) : 0) {}
  ~OneThreadEach() {
    if (MKL_Set_Num_Threads_Local) MKL_Set_Num_Threads_Local(before_);
  }
  OneThreadEach(const OneThreadEach&) = delete;
  OneThreadEach& operator=(const OneThreadEach&) = delete;

 private:
  int before_;
};

// Tokens that go through all layers together: their states fit a core's cache.
constexpr int64_t kTokens = 512;

}  // namespace

struct EncoderPass::Plan {
  Sizes sizes;
  std::vector<ClipEncoder::Layer> layers;
  std::vector<bool> trained;
  at::Tensor x, tokens;
  int64_t samples, chunk, chunks, threads;
  EncoderValues values;
  EncoderGradients gradients;
  at::Tensor kept, scratch;
  at::Tensor query, shares;  // of the last layer: (N, D) and (N, heads, L)

  int64_t last() const { return static_cast<int64_t>(layers.size()) - 1; }
  Kept kept_of(int64_t first, int64_t layer) const {
    const auto whole = Kept::count(sizes, chunk) * static_cast<int64_t>(layers.size());
    const auto of_chunk = std::min(chunk, samples - first);
    return Kept::in(
        Slices(kept.mutable_data_ptr<float>() + first / chunk * whole + layer * Kept::count(sizes, of_chunk)),
        sizes, of_chunk);
  }
  Scratch scratch_of(int64_t thread) const {
    return Scratch::in(Slices(scratch.mutable_data_ptr<float>() + thread * Scratch::count(sizes, chunk)),
                       sizes, chunk);
  }
  // Each thread's chunks, in order: work(thread, first sample, samples)
  template <typename Work>
  void for_chunks(Work work) const {
    parallel_for(0, threads, 1, [&](int64_t begin, int64_t end) {
      const at::AutoDispatchBelowADInplaceOrView without_autograd;
      const OneThreadEach serial_products;
      for (int64_t thread = begin; thread < end; ++thread)
        for (int64_t at = thread * chunks / threads; at < (thread + 1) * chunks / threads; ++at)
          work(thread, at * chunk, std::min(chunk, samples - at * chunk));
    });
  }
  void last_forward(const Kept& k, const Scratch& r, int64_t first, int64_t count, float* gathered,
                    float* states);
  void last_backward(int64_t thread, const Kept& k, const Scratch& r, int64_t first, int64_t count,
                     const float* gathered, const float* states);
};

EncoderPass::EncoderPass(const ClipEncoder::Shape& shape, const std::vector<ClipEncoder::Layer>& layers,
                         const std::vector<bool>& trained, const at::Tensor& x, const at::Tensor& tokens)
    : plan_(std::make_unique<Plan>()) {
  auto& p = *plan_;
  p.sizes = {x.size(1),
             shape.size,
             shape.intermediate,
             shape.heads,
             shape.mask == AttentionMask::causal,
             static_cast<float>(shape.eps)};
  p.layers = layers;
  p.trained = trained;
  p.x = x;
  p.tokens = tokens.contiguous();
  p.samples = x.size(0);
  p.chunk = std::clamp<int64_t>(kTokens / p.sizes.length, 1, std::max<int64_t>(p.samples, 1));
  p.chunks = (p.samples + p.chunk - 1) / p.chunk;
  p.threads = std::min<int64_t>(at::get_num_threads(), p.chunks);
}

EncoderPass::~EncoderPass() = default;

// Keys and values of all tokens, the query of one: k.qkv holds rows of [unused, key, value].
void EncoderPass::Plan::last_forward(const Kept& k, const Scratch& r, int64_t first, int64_t count,
                                     float* gathered, float* states) {
  const auto& s = sizes;
  const auto tokens_here = count * s.length, d = s.width;
  const auto p = values.of(last());
  const int64_t* token = tokens.const_data_ptr<int64_t>() + first;
  encoder_rows::layer_norm(k.x, p.g1, p.b1, s.eps, r.normed, k.statistics1, tokens_here, d);
  project(k.qkv, r.normed, p, 1, tokens_here, s);
  for (int64_t n = 0; n < count; ++n) {
    const auto bytes = static_cast<size_t>(d) * sizeof(float);
    std::memcpy(r.gradients + n * d, r.normed + (n * s.length + token[n]) * d, bytes);
    std::memcpy(states + (first + n) * d, k.x + (n * s.length + token[n]) * d, bytes);
  }
  float* queries = query.mutable_data_ptr<float>() + first * d;
  affine(queries, r.gradients, p.qkv[0], p.qkv_bias[0], count, d, d);
  for (int64_t n = 0; n < count; ++n) {
    const auto seen = s.causal ? token[n] + 1 : s.length;
    const float* keys = k.qkv + n * s.length * 2 * d;
    float* share = shares.mutable_data_ptr<float>() + (first + n) * s.heads * s.length;
    multiply_heads(batch(r.heads, s.heads, 1, seen), heads_of(queries + n * d, s, 1, d),
                   heads_of(keys, s, seen, 2 * d).transpose(1, 2), s.scale());
    for (int64_t head = 0; head < s.heads; ++head)
      encoder_rows::softmax(r.heads + head * seen, 1, seen, false);
    std::memcpy(share, r.heads, static_cast<size_t>(s.heads * seen) * sizeof(float));
    // One row of each head: (heads, 1, depth) is (D) as it lies.
    multiply_heads(batch(gathered + (first + n) * d, s.heads, 1, s.depth()), batch(share, s.heads, 1, seen),
                   heads_of(keys + d, s, seen, 2 * d));
  }
}

std::pair<at::Tensor, at::Tensor> EncoderPass::forward() {
  auto& p = *plan_;
  const auto& s = p.sizes;
  p.values = {p.layers, s, std::find(p.trained.begin(), p.trained.end(), true) != p.trained.end()};
  p.kept = EncoderMemory::take(p.chunks * Kept::count(s, p.chunk) * (p.last() + 1));
  p.scratch = EncoderMemory::take(p.threads * Scratch::count(s, p.chunk));
  p.query = EncoderMemory::take(p.samples * s.width);
  p.shares = EncoderMemory::take(p.samples * s.heads * s.length);
  auto gathered = at::empty({p.samples, s.width}, at::kFloat), states = at::empty_like(gathered);
  const float* x = p.x.const_data_ptr<float>();
  float *to_gathered = gathered.mutable_data_ptr<float>(), *to_states = states.mutable_data_ptr<float>();
  p.for_chunks([&](int64_t thread, int64_t first, int64_t count) {
    const auto scratch = p.scratch_of(thread);
    std::memcpy(p.kept_of(first, 0).x, x + first * s.length * s.width,
                static_cast<size_t>(count * s.length * s.width) * sizeof(float));
    for (int64_t i = 0; i < p.last(); ++i)
      layer_forward(p.values.of(i), p.kept_of(first, i), scratch, p.kept_of(first, i + 1).x, s, count);
    p.last_forward(p.kept_of(first, p.last()), scratch, first, count, to_gathered, to_states);
  });
  return {gathered, states};
}

// Leaves the gradient of the last layer's input in r.states.
void EncoderPass::Plan::last_backward(int64_t thread, const Kept& k, const Scratch& r, int64_t first,
                                      int64_t count, const float* gathered, const float* states) {
  const auto& s = sizes;
  const auto tokens_here = count * s.length, d = s.width;
  const auto p = values.of(last()), g = gradients.of(thread, last());
  const int64_t* token = tokens.const_data_ptr<int64_t>() + first;
  const auto bytes = static_cast<size_t>(d) * sizeof(float);
  std::memset(r.qkv, 0, static_cast<size_t>(tokens_here) * 2 * bytes);
  std::memset(r.states, 0, static_cast<size_t>(tokens_here) * bytes);
  const float* queries = query.const_data_ptr<float>() + first * d;
  float* dq = r.gradients;  // (count, D)
  float* rows = r.wide;     // (count, D): normalised states of the tokens
  for (int64_t n = 0; n < count; ++n) {
    const auto seen = s.causal ? token[n] + 1 : s.length;
    const float* keys = k.qkv + n * s.length * 2 * d;
    float* dkeys = r.qkv + n * s.length * 2 * d;
    float* share = shares.mutable_data_ptr<float>() + (first + n) * s.heads * s.length;
    const auto given = heads_of(gathered + (first + n) * d, s, 1, d);
    auto* scores = r.heads + s.heads * s.length * s.depth();
    auto wide = batch(r.heads, s.heads, seen, s.depth());
    multiply_heads(wide, batch(share, s.heads, 1, seen).transpose(1, 2), given);
    scatter_heads(r.heads, dkeys + d, s, seen, 2 * d);
    auto ds = batch(scores, s.heads, 1, seen);
    multiply_heads(ds, given, heads_of(keys + d, s, seen, 2 * d).transpose(1, 2));
    encoder_rows::softmax_backward(share, scores, s.heads, seen);
    multiply_heads(batch(dq + n * d, s.heads, 1, s.depth()), ds, heads_of(keys, s, seen, 2 * d), s.scale());
    multiply_heads(wide, ds.transpose(1, 2), heads_of(queries + n * d, s, 1, d), s.scale());
    scatter_heads(r.heads, dkeys, s, seen, 2 * d);
  }
  encoder_rows::layer_norm_again(k.x, k.statistics1, p.g1, p.b1, r.normed, tokens_here, d);
  for (int64_t n = 0; n < count; ++n)
    std::memcpy(rows + n * d, r.normed + (n * s.length + token[n]) * d, bytes);
  if (trained[static_cast<size_t>(last())]) {
    add_product(g.qkv[1], r.qkv, r.normed, tokens_here, 2 * d, d);
    encoder_rows::add_rows(r.qkv, g.qkv_bias[1], tokens_here, 2 * d);
    add_product(g.qkv[0], dq, rows, count, d, d);
    encoder_rows::add_rows(dq, g.qkv_bias[0], count, d);
  }
  // The normalised states' gradients: of keys and values everywhere, of the queries at the tokens.
  project_backward(r.normed, r.qkv, p, 1, tokens_here, s);
  multiply(matrix(rows, count, d), matrix(dq, count, d), matrix(p.qkv[0], d, d));
  for (int64_t n = 0; n < count; ++n) {
    const auto row = n * s.length + token[n];
    encoder_rows::add(rows + n * d, r.normed + row * d, d);
    encoder_rows::add(states + (first + n) * d, r.states + row * d, d);
  }
  encoder_rows::layer_norm_backward(k.x, k.statistics1, p.g1, r.normed, r.states, g.g1, g.b1, tokens_here, d);
}

std::vector<at::Tensor> EncoderPass::backward(const at::Tensor& gathered, const at::Tensor& states) {
  auto& p = *plan_;
  const auto& s = p.sizes;
  p.gradients = {p.trained, s, p.threads};
  auto dx = at::empty_like(p.x);
  const auto given = gathered.contiguous(), given_states = states.contiguous();
  p.for_chunks([&](int64_t thread, int64_t first, int64_t count) {
    const auto scratch = p.scratch_of(thread);
    p.last_backward(thread, p.kept_of(first, p.last()), scratch, first, count, given.const_data_ptr<float>(),
                    given_states.const_data_ptr<float>());
    for (int64_t i = p.last() - 1; i >= 0; --i)
      layer_backward(p.values.of(i), p.gradients.of(thread, i), p.trained[static_cast<size_t>(i)],
                     p.kept_of(first, i), scratch, s, count);
    std::memcpy(dx.mutable_data_ptr<float>() + first * s.length * s.width, scratch.states,
                static_cast<size_t>(count * s.length * s.width) * sizeof(float));
  });
  auto result = p.gradients.sums();
  result.insert(result.begin(), dx);
  return result;
}

}  // namespace synood
