#include "kernels/group_norm_silu.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "kernels/elementwise.h"

namespace synood::kernels {
namespace {

// Positions whose sums are taken in single precision.
constexpr int64_t kPiece = 64;

// sums, squares (channels): of x - shift and its square over some positions
SYNOOD_CLONES void add_up(const float* x, const float* shift, float* sums, float* squares, int64_t positions,
                          int64_t channels) {
  for (int64_t c = 0; c < channels; ++c) sums[c] = squares[c] = 0;
  for (int64_t p = 0; p < positions; ++p, x += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float d = x[c] - shift[c];
      sums[c] += d;
      squares[c] += d * d;
    }
  }
}

SYNOOD_CLONES void scale_rows(const float* x, const float* scale, const float* offset, float* y,
                              int64_t positions, int64_t channels) {
  for (int64_t p = 0; p < positions; ++p, x += channels, y += channels) {
    for (int64_t c = 0; c < channels; ++c) y[c] = x[c] * scale[c] + offset[c];
  }
}

SYNOOD_CLONES void scale_rows_silu(const float* x, const float* scale, const float* offset, float* y,
                                   int64_t positions, int64_t channels) {
  for (int64_t p = 0; p < positions; ++p, x += channels, y += channels) {
    for (int64_t c = 0; c < channels; ++c) y[c] = silu_inline(x[c] * scale[c] + offset[c]);
  }
}

struct Moments {
  double mean = 0, variance = 0;
};

// Of one group, from its channels' sums over all pieces.
Moments group_moments(const float* pieces, const float* shift, int64_t count, const GroupNormShape& shape,
                      int64_t g) {
  const auto width = shape.channels / shape.groups;
  const auto positions = static_cast<double>(shape.positions);
  std::vector<double> means(width), inner(width);
  Moments all;
  for (int64_t i = 0; i < width; ++i) {
    const auto c = g * width + i;
    double sum = 0, square = 0;
    for (int64_t k = 0; k < count; ++k) {
      sum += pieces[2 * k * shape.channels + c];
      square += pieces[(2 * k + 1) * shape.channels + c];
    }
    means[i] = shift[c] + sum / positions;
    inner[i] = square - sum * sum / positions;
    all.mean += means[i];
  }
  all.mean /= static_cast<double>(width);
  for (int64_t i = 0; i < width; ++i) {
    const double distance = means[i] - all.mean;
    all.variance += inner[i] + positions * distance * distance;
  }
  all.variance = std::max(0.0, all.variance / (positions * static_cast<double>(width)));
  return all;
}

}  // namespace

void group_norm_silu(const float* x, const float* weight, const float* bias, float* y, float* mean,
                     float* rstd, const GroupNormShape& shape, float eps, bool silu) {
  const auto [batch, positions, channels, groups] = shape;
  const auto sample = positions * channels, count = (positions + kPiece - 1) / kPiece;
  std::vector<float> pieces(batch * count * 2 * channels);
  std::vector<float> scale(batch * channels), offset(batch * channels);
  const auto each_piece = [&, positions = positions, channels = channels](auto f) {
    at::parallel_for(0, batch * count, 1, [&](int64_t begin, int64_t end) {
      for (auto i = begin; i < end; ++i) {
        const auto n = i / count, first = i % count * kPiece;
        f(i, n, n * sample + first * channels, std::min(kPiece, positions - first));
      }
    });
  };
  each_piece([&, channels = channels](int64_t i, int64_t n, int64_t at, int64_t rows) {
    auto* sums = pieces.data() + 2 * i * channels;
    add_up(x + at, x + n * sample, sums, sums + channels, rows, channels);
  });
  const auto width = channels / groups;
  at::parallel_for(
      0, batch * groups, 1, [&, channels = channels, groups = groups](int64_t begin, int64_t end) {
        for (auto i = begin; i < end; ++i) {
          const auto n = i / groups, g = i % groups;
          const auto moments =
              group_moments(pieces.data() + n * count * 2 * channels, x + n * sample, count, shape, g);
          mean[i] = static_cast<float>(moments.mean);
          rstd[i] = static_cast<float>(1 / std::sqrt(moments.variance + eps));
          for (auto c = g * width; c < (g + 1) * width; ++c) {
            scale[n * channels + c] = weight[c] * rstd[i];
            offset[n * channels + c] = bias[c] - mean[i] * scale[n * channels + c];
          }
        }
      });
  each_piece([&, channels = channels](int64_t, int64_t n, int64_t at, int64_t rows) {
    (silu ? scale_rows_silu : scale_rows)(x + at, scale.data() + n * channels, offset.data() + n * channels,
                                          y + at, rows, channels);
  });
}

}  // namespace synood::kernels
