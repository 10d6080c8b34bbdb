#include "kernels/group_norm_silu.h"

#include <algorithm>
#include <vector>

#include "engine/parallel.h"
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

// dx becomes the gradient at the norm's output; sums, squares (channels): of it, and of it times the
// normalised x
template <bool Silu>
__attribute__((always_inline)) inline void differentiate(const float* dy, const float* x, const float* mean,
                                                         const float* rstd, const float* weight,
                                                         const float* bias, float* dx, float* sums,
                                                         float* squares, int64_t positions,
                                                         int64_t channels) {
  for (int64_t c = 0; c < channels; ++c) sums[c] = squares[c] = 0;
  for (int64_t p = 0; p < positions; ++p, dy += channels, x += channels, dx += channels) {
    // So many pointers that the compiler would not test them all, and the loop stay scalar: none overlaps
    // another, but dx may be dy, place by place.
#pragma GCC ivdep
    for (int64_t c = 0; c < channels; ++c) {
      const float normed = (x[c] - mean[c]) * rstd[c];
      float d = dy[c];
      if constexpr (Silu) {
        const float u = normed * weight[c] + bias[c];
        const float s = 1.0f / (1.0f + exp_inline(-u));
        d = d * (s * (1.0f + u * (1.0f - s)));
      }
      dx[c] = d;
      sums[c] += d;
      squares[c] += d * normed;
    }
  }
}

SYNOOD_CLONES void differentiate_plain(const float* dy, const float* x, const float* mean, const float* rstd,
                                       const float* weight, const float* bias, float* dx, float* sums,
                                       float* squares, int64_t positions, int64_t channels) {
  differentiate<false>(dy, x, mean, rstd, weight, bias, dx, sums, squares, positions, channels);
}

SYNOOD_CLONES void differentiate_silu(const float* dy, const float* x, const float* mean, const float* rstd,
                                      const float* weight, const float* bias, float* dx, float* sums,
                                      float* squares, int64_t positions, int64_t channels) {
  differentiate<true>(dy, x, mean, rstd, weight, bias, dx, sums, squares, positions, channels);
}

// dx = rstd (weight dx - along - normed across)
SYNOOD_CLONES void centre(const float* x, const float* mean, const float* rstd, const float* weight,
                          const float* along, const float* across, float* dx, int64_t positions,
                          int64_t channels) {
  for (int64_t p = 0; p < positions; ++p, x += channels, dx += channels) {
    for (int64_t c = 0; c < channels; ++c) {
      const float normed = (x[c] - mean[c]) * rstd[c];
      dx[c] = rstd[c] * (weight[c] * dx[c] - along[c] - normed * across[c]);
    }
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

int64_t group_norm_workspace(const GroupNormShape& shape) {
  const auto pieces = (shape.positions + kPiece - 1) / kPiece;
  return shape.batch * shape.channels * (2 * pieces + 4);
}

void group_norm_silu(const float* x, const float* weight, const float* bias, float* y, float* mean,
                     float* rstd, float* workspace, const GroupNormShape& shape, float eps, bool silu) {
  const auto [batch, positions, channels, groups] = shape;
  const auto sample = positions * channels, count = (positions + kPiece - 1) / kPiece;
  auto* const pieces = workspace;
  auto* const scale = pieces + batch * count * 2 * channels;
  auto* const offset = scale + batch * channels;
  const auto each_piece = [&, positions = positions, channels = channels](auto f) {
    parallel_for(0, batch * count, 1, [&](int64_t begin, int64_t end) {
      for (auto i = begin; i < end; ++i) {
        const auto n = i / count, first = i % count * kPiece;
        f(i, n, n * sample + first * channels, std::min(kPiece, positions - first));
      }
    });
  };
  each_piece([&, channels = channels](int64_t i, int64_t n, int64_t at, int64_t rows) {
    auto* sums = pieces + 2 * i * channels;
    add_up(x + at, x + n * sample, sums, sums + channels, rows, channels);
  });
  const auto width = channels / groups;
  parallel_for(0, batch * groups, 1, [&, channels = channels, groups = groups](int64_t begin, int64_t end) {
    for (auto i = begin; i < end; ++i) {
      const auto n = i / groups, g = i % groups;
      const auto moments = group_moments(pieces + n * count * 2 * channels, x + n * sample, count, shape, g);
      mean[i] = static_cast<float>(moments.mean);
      rstd[i] = static_cast<float>(1 / std::sqrt(moments.variance + eps));
      for (auto c = g * width; c < (g + 1) * width; ++c) {
        scale[n * channels + c] = weight[c] * rstd[i];
        offset[n * channels + c] = bias[c] - mean[i] * scale[n * channels + c];
      }
    }
  });
  each_piece([&, channels = channels](int64_t, int64_t n, int64_t at, int64_t rows) {
    (silu ? scale_rows_silu : scale_rows)(x + at, scale + n * channels, offset + n * channels, y + at, rows,
                                          channels);
  });
}

void group_norm_silu_backward(const float* dy, const float* x, const float* weight, const float* bias,
                              const float* mean, const float* rstd, float* dx, float* workspace,
                              const GroupNormShape& shape, bool silu) {
  const auto batch = shape.batch, positions = shape.positions, channels = shape.channels,
             groups = shape.groups;
  const auto sample = positions * channels, count = (positions + kPiece - 1) / kPiece,
             width = channels / groups;
  auto* const pieces = workspace;
  auto* const spread = pieces + batch * count * 2 * channels;
  const auto row = [&](int64_t n, int64_t which) { return spread + (4 * n + which) * channels; };
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t c = 0; c < channels; ++c) {
      row(n, 0)[c] = mean[n * groups + c / width];
      row(n, 1)[c] = rstd[n * groups + c / width];
    }
  }
  const auto each_piece = [&](auto f) {
    parallel_for(0, batch * count, 1, [&](int64_t begin, int64_t end) {
      for (auto i = begin; i < end; ++i) {
        const auto n = i / count, first = i % count * kPiece;
        f(i, n, n * sample + first * channels, std::min(kPiece, positions - first));
      }
    });
  };
  each_piece([&](int64_t i, int64_t n, int64_t at, int64_t rows) {
    auto* sums = pieces + 2 * i * channels;
    (silu ? differentiate_silu : differentiate_plain)(dy + at, x + at, row(n, 0), row(n, 1), weight, bias,
                                                      dx + at, sums, sums + channels, rows, channels);
  });
  for (int64_t i = 0; i < batch * groups; ++i) {
    const auto n = i / groups, first = i % groups * width;
    double along = 0, across = 0;
    for (auto c = first; c < first + width; ++c) {
      double sum = 0, product = 0;
      for (int64_t k = 0; k < count; ++k) {
        const auto* piece = pieces + (n * count + k) * 2 * channels;
        sum += piece[c];
        product += piece[channels + c];
      }
      along += weight[c] * sum;
      across += weight[c] * product;
    }
    const auto size = static_cast<double>(width * positions);
    std::fill_n(row(n, 2) + first, width, static_cast<float>(along / size));
    std::fill_n(row(n, 3) + first, width, static_cast<float>(across / size));
  }
  each_piece([&](int64_t, int64_t n, int64_t at, int64_t rows) {
    centre(x + at, row(n, 0), row(n, 1), weight, row(n, 2), row(n, 3), dx + at, rows, channels);
  });
}

}  // namespace synood::kernels
