#include "kernels/winograd.h"

#include <algorithm>

#include "engine/parallel.h"
#include "kernels/winograd_transforms.h"
#include "kernels/winograd_turn.h"

// Compiled with fused multiply-adds, unlike the rest of native/kernels: the products are the work.
//
// A block of tiles goes through the cache as a whole: its input is transformed, then for 32 outputs at a time
// the taps of 64 channels are, 36 small products are added up, and the results are transformed and written.
namespace synood::kernels {
namespace {

using namespace winograd;

constexpr int64_t kTile = 4, kWindow = 6, kPoints = kWindow * kWindow;
constexpr int64_t kPanel = 32;     // outputs
constexpr int64_t kDepth = 64;     // channels whose taps are transformed at a time
constexpr int64_t kChannels = 16;  // a line of the cache
constexpr int64_t kMostTiles = 96, kMostInput = int64_t{5} << 19;  // of a block: tiles, and numbers of its V
constexpr int64_t kAhead = 16;  // channels whose taps are asked for before they are needed
// Beside a row of numbers, so that the 36 rows do not meet in the same lines of the cache.
constexpr int64_t kApart = 16;

// A kind of processor: the vectors that it adds, and the tile of results that fits in its registers.
template <int64_t Lanes, int64_t Rows>
struct Processor {
  typedef float Vector __attribute__((vector_size(Lanes * sizeof(float))));
  static constexpr int64_t lanes = Lanes, rows = Rows, columns = 2;
};
using Plain = Processor<4, 4>;
using Avx2 = Processor<8, 6>;
using Avx512 = Processor<16, 12>;

struct Call {
  const float *x, *packed, *bias;
  float* y;
  WinogradShape shape;
  Resampling resampling;
  Direction direction;

  int64_t tiles_down() const { return (shape.height + kTile - 1) / kTile; }
  int64_t tiles_across() const { return (shape.width + kTile - 1) / kTile; }
  int64_t tiles() const { return shape.batch * tiles_down() * tiles_across(); }
};

struct Tile {
  int64_t sample, top, left;

  Tile(const Call& call, int64_t number) {
    const auto across = call.tiles_across(), each = call.tiles_down() * across;
    sample = number / each;
    top = number % each / across * kTile;
    left = number % across * kTile;
  }
};

// How the work is cut: blocks of tiles, and for each of them parts of the outputs.
struct Plan {
  int64_t blocks = 1, parts = 1, most_tiles = 1;

  int64_t v_stride(const WinogradShape& shape) const { return most_tiles * shape.in + kApart; }
  static constexpr int64_t u_stride = kDepth * kPanel + kApart;
  int64_t m_stride() const { return most_tiles * kPanel + kApart; }
  static constexpr int64_t turned = kPanel * 9 * kPanel;  // taps for the way back
  int64_t workspace(const WinogradShape& shape) const {
    return shape.in + kPoints * (v_stride(shape) + u_stride + m_stride()) + turned;
  }
};

int64_t divided(int64_t n, int64_t by) { return (n + by - 1) / by; }

// The cut that takes the least time on the thread with the most work, in cycles as measured on one processor
// (Zen 4). Nothing but the time depends on it.
Plan plan_of(const WinogradShape& shape, int64_t threads) {
  constexpr double kInput = 50, kTaps = 400, kProducts = 72, kOutput = 2400;
  const auto tiles = shape.batch * divided(shape.height, kTile) * divided(shape.width, kTile);
  const auto panels = shape.out / kPanel;
  const auto most = std::clamp<int64_t>(kMostInput / (kPoints * shape.in), 1, kMostTiles);
  const auto fewest = divided(tiles, most);
  Plan best;
  double least = -1;
  for (auto blocks = fewest; blocks < fewest + threads && blocks <= tiles; ++blocks) {
    for (int64_t parts = 1; parts <= std::min(panels, threads); ++parts) {
      const auto size = divided(tiles, blocks);
      const auto in = static_cast<double>(shape.in), n = static_cast<double>(size);
      const double panel = in * (kTaps + n * kProducts) + n * kOutput;
      const double time = static_cast<double>(divided(blocks * parts, threads)) *
                          (n * in * kInput + static_cast<double>(divided(panels, parts)) * panel);
      if (least < 0 || time < least) {
        least = time;
        best = {blocks, parts, size};
      }
    }
  }
  return best;
}

// v (36, tiles, in): the transformed windows of the tiles from `first` on
template <typename P>
SYNOOD_INLINE void transform_tiles(const Call& call, int64_t first, int64_t tiles, const float* zeros,
                                   float* v, int64_t stride) {
  using Vector = typename P::Vector;
  const auto [batch, height, width, in, out] = call.shape;
  const int64_t halved = call.resampling == Resampling::repeat ? 1 : 0;
  for (int64_t t = 0; t < tiles; ++t) {
    const Tile tile(call, first + t);
    const float* window[kWindow][kWindow];
    for (int64_t i = 0; i < kWindow; ++i) {
      for (int64_t j = 0; j < kWindow; ++j) {
        const auto row = tile.top + i - 1, column = tile.left + j - 1;
        const bool inside = row >= 0 && row < height && column >= 0 && column < width;
        const auto line = tile.sample * (height >> halved) + (row >> halved);
        window[i][j] = inside ? call.x + (line * (width >> halved) + (column >> halved)) * in : zeros;
      }
    }
    for (int64_t c = 0; c < in; c += P::lanes) {
      Vector half[kWindow][kWindow];
      for (int64_t j = 0; j < kWindow; ++j) {
        Vector column[kWindow], done[kWindow];
        for (int64_t i = 0; i < kWindow; ++i) column[i] = load<Vector>(window[i][j] + c);
        transform_input(column, done);
        for (int64_t i = 0; i < kWindow; ++i) half[i][j] = done[i];
      }
      for (int64_t i = 0; i < kWindow; ++i) {
        Vector done[kWindow];
        transform_input(half[i], done);
        for (int64_t j = 0; j < kWindow; ++j) store(v + (i * kWindow + j) * stride + t * in + c, done[j]);
      }
    }
  }
}

// u (36, depth, 32): the transformed taps of some channels
template <typename P>
SYNOOD_INLINE void transform_weights(const float* taps, int64_t depth, float* u) {
  using Vector = typename P::Vector;
  for (int64_t k = 0; k < depth; ++k, taps += 9 * kPanel) {
    for (int64_t line = 0; line < 9 * kPanel; line += kChannels)
      __builtin_prefetch(taps + kAhead * 9 * kPanel + line);
    for (int64_t c = 0; c < kPanel; c += P::lanes) {
      Vector half[kWindow][3];
      for (int64_t j = 0; j < 3; ++j) {
        Vector column[3], done[kWindow];
        for (int64_t i = 0; i < 3; ++i) column[i] = load<Vector>(taps + (3 * i + j) * kPanel + c);
        transform_taps(column, done);
        for (int64_t i = 0; i < kWindow; ++i) half[i][j] = done[i];
      }
      for (int64_t i = 0; i < kWindow; ++i) {
        Vector done[kWindow];
        transform_taps(half[i], done);
        for (int64_t j = 0; j < kWindow; ++j)
          store(u + (i * kWindow + j) * Plan::u_stride + k * kPanel + c, done[j]);
      }
    }
  }
}

// The same for channels from `channel` on, of 32 outputs, whichever way the call goes.
template <typename P>
SYNOOD_INLINE void weights_of(const Call& call, int64_t panel, int64_t channel, int64_t depth, float* turned,
                              float* u) {
  const auto in = call.shape.in, out = call.shape.out;
  if (call.direction == Direction::forward)
    return transform_weights<P>(call.packed + (panel * in + channel) * 9 * kPanel, depth, u);
  // Packed are panels of what is the input here, each with all outputs.
  for (int64_t k = 0; k < depth; k += kPanel) {
    const auto packed_panel = (channel + k) / kPanel;
    turn_taps<kPanel, P::lanes, typename P::Vector>(
        call.packed + (packed_panel * out + panel * kPanel) * 9 * kPanel, turned);
    transform_weights<P>(turned, kPanel, u + k * kPanel);
  }
}

// m (Rows, 32) (+)= v (Rows, depth) u (depth, 32), of two vectors' columns
template <typename P, int64_t Rows>
SYNOOD_INLINE void multiply_rows(const float* v, int64_t in, const float* u, int64_t depth, float* m,
                                 bool begins) {
  using Vector = typename P::Vector;
  Vector sums[Rows][P::columns] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Vector row[P::columns];
    for (int64_t j = 0; j < P::columns; ++j) row[j] = load<Vector>(u + k * kPanel + j * P::lanes);
    for (int64_t r = 0; r < Rows; ++r) {
      const float factor = v[r * in + k];
      for (int64_t j = 0; j < P::columns; ++j) sums[r][j] += factor * row[j];
    }
  }
  for (int64_t r = 0; r < Rows; ++r) {
    for (int64_t j = 0; j < P::columns; ++j) {
      float* const place = m + r * kPanel + j * P::lanes;
      store(place, begins ? sums[r][j] : load<Vector>(place) + sums[r][j]);
    }
  }
}

template <typename P, int64_t Rows = P::rows>
SYNOOD_INLINE void multiply(int64_t rows, const float* v, int64_t in, const float* u, int64_t depth, float* m,
                            bool begins) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return multiply_rows<P, Rows>(v, in, u, depth, m, begins);
    multiply<P, Rows - 1>(rows, v, in, u, depth, m, begins);
  }
}

// Rows in pieces of nearly the same size, since a piece of few rows waits for its own sums.
template <typename P>
SYNOOD_INLINE void multiply_all(const float* v, int64_t in, const float* u, int64_t depth, float* m,
                                int64_t tiles, bool begins) {
  const auto pieces = (tiles + P::rows - 1) / P::rows;
  for (int64_t c = 0; c < kPanel; c += P::columns * P::lanes) {
    int64_t row = 0;
    for (int64_t piece = 1; piece <= pieces; ++piece) {
      const auto end = tiles * piece / pieces;
      multiply<P>(end - row, v + row * in, in, u + c, depth, m + row * kPanel + c, begins);
      row = end;
    }
  }
}

// y: the results of 32 outputs of one tile
template <typename P>
SYNOOD_INLINE void write_tile(const Call& call, const Tile& tile, const float* m, int64_t stride,
                              int64_t output) {
  using Vector = typename P::Vector;
  const auto [batch, height, width, in, out] = call.shape;
  const auto rows = std::min(kTile, height - tile.top), columns = std::min(kTile, width - tile.left);
  for (int64_t c = 0; c < kPanel; c += P::lanes) {
    Vector half[kTile][kWindow];
    for (int64_t j = 0; j < kWindow; ++j) {
      Vector column[kWindow], done[kTile];
      for (int64_t i = 0; i < kWindow; ++i) column[i] = load<Vector>(m + (i * kWindow + j) * stride + c);
      transform_output(column, done);
      for (int64_t i = 0; i < kTile; ++i) half[i][j] = done[i];
    }
    Vector y[kTile][kTile];
    for (int64_t i = 0; i < kTile; ++i) transform_output(half[i], y[i]);
    const Vector bias = call.bias == nullptr ? Vector{} : load<Vector>(call.bias + output + c);
    if (call.resampling == Resampling::sum) {
      for (int64_t i = 0; i < rows; i += 2) {
        const auto line = (tile.sample * height + tile.top + i) / 2 * (width / 2) + tile.left / 2;
        for (int64_t j = 0; j < columns; j += 2) {
          const Vector sum = (y[i][j] + y[i][j + 1]) + (y[i + 1][j] + y[i + 1][j + 1]);
          store(call.y + (line + j / 2) * out + output + c, sum + bias);
        }
      }
      continue;
    }
    for (int64_t i = 0; i < rows; ++i) {
      const auto line = (tile.sample * height + tile.top + i) * width + tile.left;
      for (int64_t j = 0; j < columns; ++j) {
        const Vector result = y[i][j] + bias;
        store(call.y + (line + j) * out + output + c, result);
      }
    }
  }
}

struct Task {
  int64_t first_tile, tiles, first_panel, end_panel;
  bool transforms;  // else the task before it did, for the same tiles
};

template <typename P>
SYNOOD_INLINE void compute(const Call& call, const Plan& plan, const Task& task, float* workspace) {
  const auto in = call.shape.in;
  const auto v_stride = plan.v_stride(call.shape), m_stride = plan.m_stride();
  float *const zeros = workspace, *const v = zeros + in, *const u = v + kPoints * v_stride,
               *const m = u + kPoints * Plan::u_stride, *const turned = m + kPoints * m_stride;
  if (task.transforms) {
    std::fill_n(zeros, in, 0.0f);
    transform_tiles<P>(call, task.first_tile, task.tiles, zeros, v, v_stride);
  }
  for (auto panel = task.first_panel; panel < task.end_panel; ++panel) {
    for (int64_t k = 0; k < in; k += kDepth) {
      const auto depth = std::min(kDepth, in - k);
      weights_of<P>(call, panel, k, depth, turned, u);
      for (int64_t point = 0; point < kPoints; ++point) {
        multiply_all<P>(v + point * v_stride + k, in, u + point * Plan::u_stride, depth, m + point * m_stride,
                        task.tiles, k == 0);
      }
    }
    for (int64_t t = 0; t < task.tiles; ++t)
      write_tile<P>(call, Tile(call, task.first_tile + t), m + t * kPanel, m_stride, panel * kPanel);
  }
}

using Compute = void (*)(const Call&, const Plan&, const Task&, float*);

void compute_plain(const Call& call, const Plan& plan, const Task& task, float* workspace) {
  compute<Plain>(call, plan, task, workspace);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2,fma"))) void compute_avx2(const Call& call, const Plan& plan, const Task& task,
                                                      float* workspace) {
  compute<Avx2>(call, plan, task, workspace);
}

__attribute__((target("avx512f,avx512vl,fma"))) void compute_avx512(const Call& call, const Plan& plan,
                                                                    const Task& task, float* workspace) {
  compute<Avx512>(call, plan, task, workspace);
}

Compute compute_with(Vectors vectors) {
  if (vectors == Vectors::plain) return compute_plain;
  return vectors == Vectors::avx2 ? compute_avx2 : compute_avx512;
}
#else
Compute compute_with(Vectors) { return compute_plain; }
#endif

}  // namespace

bool winograd_runs(Vectors vectors) {
  if (vectors == Vectors::plain) return true;
#if defined(__x86_64__) && defined(__GNUC__)
  if (vectors == Vectors::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

Vectors winograd_vectors() {
  static const Vectors fastest = winograd_runs(Vectors::avx512) ? Vectors::avx512
                                 : winograd_runs(Vectors::avx2) ? Vectors::avx2
                                                                : Vectors::plain;
  return fastest;
}

bool winograd_fits(int64_t in, int64_t out) {
  return in > 0 && out > 0 && in % kPanel == 0 && out % kPanel == 0;
}

void winograd_pack(const float* weight, float* packed, int64_t in, int64_t out) {
  parallel_for(0, out / kPanel, 1, [&](int64_t first, int64_t end) {
    for (auto panel = first; panel < end; ++panel) {
      for (int64_t c = 0; c < in; ++c) {
        float* const to = packed + (panel * in + c) * 9 * kPanel;
        for (int64_t o = 0; o < kPanel; ++o) {
          const float* const taps = weight + ((panel * kPanel + o) * in + c) * 9;
          for (int64_t tap = 0; tap < 9; ++tap) to[tap * kPanel + o] = taps[tap];
        }
      }
    }
  });
}

int64_t winograd_workspace(const WinogradShape& shape, int64_t threads) {
  return threads * plan_of(shape, threads).workspace(shape);
}

void winograd_convolution(const float* x, const float* packed, const float* bias, float* y, float* workspace,
                          const WinogradShape& shape, Resampling resampling, Direction direction,
                          int64_t threads, Vectors vectors) {
  const Compute compute = compute_with(vectors);
  const Call call{x, packed, bias, y, shape, resampling, direction};
  const auto plan = plan_of(shape, threads);
  const auto tiles = call.tiles(), panels = shape.out / kPanel, tasks = plan.blocks * plan.parts;
  const auto each = plan.workspace(shape);
  parallel_for(0, threads, 1, [&](int64_t first, int64_t end) {
    for (auto thread = first; thread < end; ++thread) {
      const auto begins = tasks * thread / threads;
      for (auto i = begins; i < tasks * (thread + 1) / threads; ++i) {
        const auto block = i / plan.parts, part = i % plan.parts;
        const auto tile = tiles * block / plan.blocks;
        compute(call, plan,
                {tile, tiles * (block + 1) / plan.blocks - tile, panels * part / plan.parts,
                 panels * (part + 1) / plan.parts, i == begins || part == 0},
                workspace + thread * each);
      }
    }
  });
}

}  // namespace synood::kernels
