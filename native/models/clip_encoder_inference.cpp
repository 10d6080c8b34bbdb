#include "models/clip_encoder_inference.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/has_kernels.h"

namespace synood {
namespace {

// Of a part's widest rows, for each thread: with the other rows of a layer about a core's share of the cache.
constexpr int64_t kPartBytes = int64_t{6} << 20;

// Samples in a part.
int64_t part_of(const ClipEncoder& encoder, const at::Tensor& x) {
  const auto n = x.size(0);
  const auto sample = x.size(1) * encoder.shape.intermediate * static_cast<int64_t>(sizeof(float));
  auto part = std::clamp<int64_t>(kPartBytes * at::get_num_threads() / std::max<int64_t>(sample, 1), 1,
                                  std::max<int64_t>(n, 1));
  while (n % part != 0) --part;
  return part;
}

// The store of CPU memory holds no more than was once used together (engine/cpu_cache.h). Asked for together,
// a layer's narrow and wide rows both stay in it; else each kind would drive out the other in every layer.
void reserve(const ClipEncoder& encoder, int64_t rows) {
  std::vector<at::Tensor> blocks{at::empty({rows, encoder.shape.intermediate}, at::kFloat)};
  for (int i = 0; i < 7; ++i) blocks.push_back(at::empty({rows, encoder.shape.size}, at::kFloat));
}

void feed_forward(const ClipEncoder& encoder, const ClipEncoder::Layer& layer, at::Tensor& x) {
  auto hidden = layer.fc1(layer.layer_norm2(x));
  activate_in_place(encoder.shape.activation, hidden);
  x.add_(layer.fc2(hidden));
}

void attend(const ClipEncoder& encoder, const ClipEncoder::Layer& layer, at::Tensor& x) {
  const auto& shape = encoder.shape;
  const auto h = layer.layer_norm1(x);
  x.add_(
      layer.out_proj(attention(layer.q_proj(h), layer.k_proj(h), layer.v_proj(h), shape.heads, shape.mask)));
}

template <typename Work>
void for_parts(const ClipEncoder& encoder, const at::Tensor& x, Work work) {
  const auto part = part_of(encoder, x);
  for (int64_t at = 0; at < x.size(0); at += part) work(at, part);
}

void run_layers(const ClipEncoder& encoder, at::Tensor& x, size_t count) {
  reserve(encoder, part_of(encoder, x) * x.size(1));
  for (size_t i = 0; i < count; ++i) {
    for_parts(encoder, x, [&](int64_t at, int64_t part) {
      auto rows = x.narrow(0, at, part);
      attend(encoder, encoder.layers[i], rows);
      feed_forward(encoder, encoder.layers[i], rows);
    });
  }
}

// (N, D) -> (N heads, 1, d); (N, S, D) -> (N heads, S, d)
at::Tensor heads_of(const at::Tensor& x, int64_t heads) {
  const auto rows = x.dim() == 2 ? x.unsqueeze(1) : x;
  return rows.unflatten(2, {heads, -1}).transpose(1, 2).flatten(0, 1);
}

// What the queries (N, D) of one token each gather from all keys and values (N, S, D) that it sees: (N, D).
at::Tensor attend_from(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                       const at::Tensor& tokens, const ClipEncoder::Shape& shape) {
  const auto q = heads_of(query, shape.heads);
  auto scores = at::bmm(q * (1 / std::sqrt(static_cast<double>(q.size(2)))),
                        heads_of(key, shape.heads).transpose(1, 2));
  if (shape.mask == AttentionMask::causal) {
    const auto later = at::arange(key.size(1), tokens.options()) > tokens.unsqueeze(1);  // (N, S)
    scores.masked_fill_(later.repeat_interleave(shape.heads, 0).unsqueeze(1),
                        -std::numeric_limits<float>::infinity());
  }
  return at::bmm(at::softmax(scores, -1), heads_of(value, shape.heads)).view_as(query);
}

}  // namespace

bool infers(const ClipEncoder& encoder, const at::Tensor& x) {
  return !at::GradMode::is_enabled() && has_cpu_kernels(x) && !encoder.layers.empty();
}

at::Tensor infer(const ClipEncoder& encoder, const at::Tensor& x, int64_t skip) {
  auto y = x.clone(at::MemoryFormat::Contiguous);
  const auto all = static_cast<int64_t>(encoder.layers.size());
  run_layers(encoder, y, static_cast<size_t>(std::max<int64_t>(all - skip, 0)));
  return y;
}

at::Tensor infer_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens) {
  auto y = x.clone(at::MemoryFormat::Contiguous);
  run_layers(encoder, y, encoder.layers.size() - 1);
  const auto& layer = encoder.layers.back();
  auto pooled = at::empty({x.size(0), x.size(2)}, x.options());
  auto gathered = at::empty_like(pooled);
  for_parts(encoder, y, [&](int64_t at, int64_t part) {
    const auto rows = y.narrow(0, at, part);
    const auto own = tokens.narrow(0, at, part);
    const auto places = [&](const at::Tensor& of) {
      return of.index({at::arange(part, own.options()), own});
    };
    const auto h = layer.layer_norm1(rows);
    pooled.narrow(0, at, part).copy_(places(rows));
    gathered.narrow(0, at, part)
        .copy_(attend_from(layer.q_proj(places(h)), layer.k_proj(h), layer.v_proj(h), own, encoder.shape));
  });
  pooled.add_(layer.out_proj(gathered));
  feed_forward(encoder, layer, pooled);
  return pooled;
}

}  // namespace synood
