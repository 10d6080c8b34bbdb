#include "kernels/group_norm_silu.h"
#include "kernels/launch.cuh"

// LibTorch normalises groups of channels that lie one after another; where channels lie side by side, as the
// tensor cores' convolutions want them, it copies the map there and back. Here blocks take pieces of
// positions with all their channels, neighbours in memory for neighbouring threads:
//
//   add_up      sums of a piece's channels              (piece, sample)  threads: channels
//   moments     mean and rstd of a group                (group, sample)  threads: pieces
//   normalise   y of a piece                            (piece, sample)  threads: channels
//
// and on the way back add_up_backward, means_backward, differentiate in the same shapes. All sums are taken
// in one order: the same bits each time.

namespace synood::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int64_t kPiece = 64;  // positions, as on the CPU

// What a kernel needs to know of its shape; `piece` positions at most from `first` on.
struct Place {
  int64_t first;  // element
  int rows;
};

__device__ Place place_of(const GroupNormShape& shape) {
  const int64_t position = blockIdx.x * kPiece, left = shape.positions - position;
  return {(blockIdx.y * shape.positions + position) * shape.channels,
          static_cast<int>(left < kPiece ? left : kPiece)};
}

__device__ float* piece_sums(float* pieces, const GroupNormShape& shape) {
  return pieces + (static_cast<int64_t>(blockIdx.y) * gridDim.x + blockIdx.x) * 2 * shape.channels;
}

// pieces (sample, piece, 2, channels): sums of x - shift and of its square, shift a channel's first value
template <typename T>
__global__ void add_up(const T* x, float* pieces, GroupNormShape shape) {
  const Place place = place_of(shape);
  float* sums = piece_sums(pieces, shape);
  for (int64_t c = threadIdx.x; c < shape.channels; c += kThreads) {
    const float shift = static_cast<float>(x[blockIdx.y * shape.positions * shape.channels + c]);
    const T* at = x + place.first + c;
    float sum = 0, square = 0;
    for (int p = 0; p < place.rows; ++p, at += shape.channels) {
      const float d = static_cast<float>(*at) - shift;
      sum += d;
      square += d * d;
    }
    sums[c] = sum;
    sums[shape.channels + c] = square;
  }
}

// mean, rstd (sample, group). Channels are joined one after another (Chan et al., 1983).
template <typename T>
__global__ void moments(const T* x, const float* pieces, float* mean, float* rstd, int64_t count,
                        GroupNormShape shape, float eps) {
  __shared__ double shared[kThreads];
  const int64_t width = shape.channels / shape.groups, n = blockIdx.y;
  const double positions = static_cast<double>(shape.positions);
  const float* sums = pieces + n * count * 2 * shape.channels;
  double middle = 0, spread = 0;
  for (int64_t i = 0; i < width; ++i) {
    const int64_t c = blockIdx.x * width + i;
    double sum = 0, square = 0;
    for (int64_t k = threadIdx.x; k < count; k += kThreads) {
      sum += sums[2 * k * shape.channels + c];
      square += sums[(2 * k + 1) * shape.channels + c];
    }
    sum = block_sum<kThreads>(sum, shared);
    square = block_sum<kThreads>(square, shared);
    const double shift = static_cast<double>(static_cast<float>(x[n * shape.positions * shape.channels + c]));
    const double apart = shift + sum / positions - middle, joined = static_cast<double>(i + 1);
    middle += apart / joined;
    spread += square - sum * sum / positions + apart * apart * positions * (joined - 1) / joined;
  }
  if (threadIdx.x != 0) return;
  const double variance = spread / (positions * static_cast<double>(width));
  mean[n * shape.groups + blockIdx.x] = static_cast<float>(middle);
  rstd[n * shape.groups + blockIdx.x] = static_cast<float>(1 / sqrt((variance > 0 ? variance : 0) + eps));
}

template <typename T>
__global__ void normalise(const T* x, const T* weight, const T* bias, const float* mean, const float* rstd,
                          T* y, GroupNormShape shape, bool silu) {
  const Place place = place_of(shape);
  const int64_t width = shape.channels / shape.groups;
  for (int64_t c = threadIdx.x; c < shape.channels; c += kThreads) {
    const int64_t group = blockIdx.y * shape.groups + c / width;
    const float scale = static_cast<float>(weight[c]) * rstd[group];
    const float offset = static_cast<float>(bias[c]) - mean[group] * scale;
    int64_t i = place.first + c;
    for (int p = 0; p < place.rows; ++p, i += shape.channels) {
      const float u = static_cast<float>(x[i]) * scale + offset;
      y[i] = static_cast<T>(silu ? u / (1.0f + expf(-u)) : u);
    }
  }
}

// The gradient at the norm's output from the one behind SiLU.
__device__ float through_silu(float d, float u, bool silu) {
  if (!silu) return d;
  const float s = 1.0f / (1.0f + expf(-u));
  return d * (s * (1.0f + u * (1.0f - s)));
}

// pieces: sums of that gradient, and of it times the normalised x
template <typename T>
__global__ void add_up_backward(const T* dy, const T* x, const T* weight, const T* bias, const float* mean,
                                const float* rstd, float* pieces, GroupNormShape shape, bool silu) {
  const Place place = place_of(shape);
  const int64_t width = shape.channels / shape.groups;
  float* sums = piece_sums(pieces, shape);
  for (int64_t c = threadIdx.x; c < shape.channels; c += kThreads) {
    const int64_t group = blockIdx.y * shape.groups + c / width;
    const float w = static_cast<float>(weight[c]), b = static_cast<float>(bias[c]);
    int64_t i = place.first + c;
    float sum = 0, product = 0;
    for (int p = 0; p < place.rows; ++p, i += shape.channels) {
      const float normed = (static_cast<float>(x[i]) - mean[group]) * rstd[group];
      const float d = through_silu(static_cast<float>(dy[i]), normed * w + b, silu);
      sum += d;
      product += d * normed;
    }
    sums[c] = sum;
    sums[shape.channels + c] = product;
  }
}

// means (sample, group, 2): of weight d and weight d normed over the group
template <typename T>
__global__ void means_backward(const T* weight, const float* pieces, float* means, int64_t count,
                               GroupNormShape shape) {
  __shared__ double shared[kThreads];
  const int64_t width = shape.channels / shape.groups, n = blockIdx.y;
  const float* sums = pieces + n * count * 2 * shape.channels;
  double along = 0, across = 0;
  for (int64_t i = 0; i < width; ++i) {
    const int64_t c = blockIdx.x * width + i;
    const double w = static_cast<double>(static_cast<float>(weight[c]));
    for (int64_t k = threadIdx.x; k < count; k += kThreads) {
      along += w * sums[2 * k * shape.channels + c];
      across += w * sums[(2 * k + 1) * shape.channels + c];
    }
  }
  along = block_sum<kThreads>(along, shared);
  across = block_sum<kThreads>(across, shared);
  if (threadIdx.x != 0) return;
  const double size = static_cast<double>(width * shape.positions);
  means[2 * (n * shape.groups + blockIdx.x)] = static_cast<float>(along / size);
  means[2 * (n * shape.groups + blockIdx.x) + 1] = static_cast<float>(across / size);
}

template <typename T>
__global__ void differentiate(const T* dy, const T* x, const T* weight, const T* bias, const float* mean,
                              const float* rstd, const float* means, T* dx, GroupNormShape shape, bool silu) {
  const Place place = place_of(shape);
  const int64_t width = shape.channels / shape.groups;
  for (int64_t c = threadIdx.x; c < shape.channels; c += kThreads) {
    const int64_t group = blockIdx.y * shape.groups + c / width;
    const float w = static_cast<float>(weight[c]), b = static_cast<float>(bias[c]);
    const float along = means[2 * group], across = means[2 * group + 1];
    int64_t i = place.first + c;
    for (int p = 0; p < place.rows; ++p, i += shape.channels) {
      const float normed = (static_cast<float>(x[i]) - mean[group]) * rstd[group];
      const float d = through_silu(static_cast<float>(dy[i]), normed * w + b, silu);
      dx[i] = static_cast<T>(rstd[group] * (w * d - along - normed * across));
    }
  }
}

struct Grids {
  dim3 pieces, groups;
  int64_t count;  // pieces of a sample
};

Grids grids_of(const GroupNormShape& shape) {
  const int64_t count = (shape.positions + kPiece - 1) / kPiece;
  const auto batch = static_cast<unsigned>(shape.batch);
  return {dim3(static_cast<unsigned>(count), batch), dim3(static_cast<unsigned>(shape.groups), batch), count};
}

bool empty(const GroupNormShape& shape) {
  return shape.batch == 0 || shape.positions == 0 || shape.channels == 0;
}

}  // namespace

void group_norm_silu(const void* x, const void* weight, const void* bias, void* y, float* mean, float* rstd,
                     float* workspace, const GroupNormShape& shape, float eps, bool silu,
                     const Launch& launch) {
  if (empty(shape)) return;
  const cudaStream_t stream = stream_of(launch, "group_norm_silu");
  const Grids grids = grids_of(shape);
  by_element(launch, [&](auto type) {
    using T = typename decltype(type)::type;
    const T* from = static_cast<const T*>(x);
    add_up<<<grids.pieces, kThreads, 0, stream>>>(from, workspace, shape);
    moments<<<grids.groups, kThreads, 0, stream>>>(from, workspace, mean, rstd, grids.count, shape, eps);
    normalise<<<grids.pieces, kThreads, 0, stream>>>(from, static_cast<const T*>(weight),
                                                     static_cast<const T*>(bias), mean, rstd,
                                                     static_cast<T*>(y), shape, silu);
  });
  expect_started("group_norm_silu");
}

void group_norm_silu_backward(const void* dy, const void* x, const void* weight, const void* bias,
                              const float* mean, const float* rstd, void* dx, float* workspace,
                              const GroupNormShape& shape, bool silu, const Launch& launch) {
  if (empty(shape)) return;
  const cudaStream_t stream = stream_of(launch, "group_norm_silu_backward");
  const Grids grids = grids_of(shape);
  float* means = workspace + shape.batch * grids.count * 2 * shape.channels;
  by_element(launch, [&](auto type) {
    using T = typename decltype(type)::type;
    const T *out = static_cast<const T*>(dy), *from = static_cast<const T*>(x);
    const T *w = static_cast<const T*>(weight), *b = static_cast<const T*>(bias);
    add_up_backward<<<grids.pieces, kThreads, 0, stream>>>(out, from, w, b, mean, rstd, workspace, shape,
                                                           silu);
    means_backward<<<grids.groups, kThreads, 0, stream>>>(w, workspace, means, grids.count, shape);
    differentiate<<<grids.pieces, kThreads, 0, stream>>>(out, from, w, b, mean, rstd, means,
                                                         static_cast<T*>(dx), shape, silu);
  });
  expect_started("group_norm_silu_backward");
}

}  // namespace synood::kernels::cuda
