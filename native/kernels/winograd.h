#pragma once

#include <cstdint>

namespace synood::kernels {

// A 3x3 convolution of stride 1 and padding 1 by Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks", 2016): sixteen results take 36 products for each pair
// of channels where the sums themselves take 144.
//
//   Y = A^T [ sum over c of (G g_c G^T) * (B^T d_c B) ] A      Y 4x4 results, g_c 3x3 taps, d_c 6x6 numbers
//
// The polynomials behind it are interpolated at 0, +-3/4, +-3/2 and infinity. The usual 0, +-1, +-2 give half
// the precision; these have transforms that are exact in binary as well. Beside a sum in single precision the
// error is about four times as large (root mean square, 320 channels: 1.5e-6 of the result's size).
//
// Maps are channels-last. A result's bits depend on its own 6x6 numbers and the weights alone, not on the
// batch or the number of threads.
struct WinogradShape {
  int64_t batch, height, width;  // of the map that is convolved
  int64_t in, out;
};

enum class Resampling {
  none,
  repeat,  // x is half as high and wide, and read as if every number stood there four times
  sum,     // y is half as high and wide, sums of 2x2 results: the way back of `repeat`
};

enum class Direction {
  forward,
  back,  // of a gradient to the input; the weight is packed as for `forward`, so that one copy serves both
};

// The vectors that the loops are written for; their results differ by rounding.
enum class Vectors { plain, avx2, avx512 };

// Whether this processor has them, and the fastest that it has.
bool winograd_runs(Vectors vectors);
Vectors winograd_vectors();

// Whether the loops are written for these numbers of channels: multiples of 32.
bool winograd_fits(int64_t in, int64_t out);

// weight (out, in, 3, 3) -> packed, as many numbers: the taps of 32 outputs side by side. The 36 numbers that
// are multiplied are made of them at each call, a few channels at a time in the cache, so that weights take
// no more memory than they have.
void winograd_pack(const float* weight, float* packed, int64_t in, int64_t out);

// Floats that a call on so many threads needs as workspace.
int64_t winograd_workspace(const WinogradShape& shape, int64_t threads);

// x (batch, height, width, in), packed, bias (out) or nullptr -> y (batch, height, width, out). On the way
// back `in` is the number of the weight's outputs, and `out` that of its inputs.
void winograd_convolution(const float* x, const float* packed, const float* bias, float* y, float* workspace,
                          const WinogradShape& shape, Resampling resampling, Direction direction,
                          int64_t threads, Vectors vectors = winograd_vectors());

}  // namespace synood::kernels
