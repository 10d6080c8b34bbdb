#include "nn/activation.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>

#include "synood/error.h"

namespace synood {
namespace {

// The elements that a vector loop takes at once: two AVX-512 registers of float32.
constexpr int64_t kVectors = 32;

// What the number of elements must be a multiple of, so that every thread's share is full vectors: LibTorch
// gives a thread at least GRAIN_SIZE elements and rounds shares up.
int64_t even_size(int64_t elements) {
  const int64_t threads = at::get_num_threads();
  const int64_t most = (elements + at::internal::GRAIN_SIZE - 1) / at::internal::GRAIN_SIZE;
  return kVectors * std::max<int64_t>(1, std::min(threads, most));
}

// f(x) element by element, computed in full vectors throughout: x is filled up if need be.
template <typename F>
at::Tensor in_full_vectors(const at::Tensor& x, F f) {
  const auto elements = x.numel();
  if (!x.is_cpu() || (x.is_contiguous() && elements % even_size(elements) == 0)) return f(x);
  auto filled = elements;
  while (filled % even_size(filled) != 0) filled += even_size(filled) - filled % even_size(filled);
  return f(at::constant_pad_nd(x.flatten(), {0, filled - elements})).narrow(0, 0, elements).view(x.sizes());
}

}  // namespace

Activation parse_activation(const std::string& name) {
  if (name == "quick_gelu") return Activation::quick_gelu;
  if (name == "gelu") return Activation::gelu;
  if (name == "silu" || name == "swish") return Activation::silu;
  if (name == "relu") return Activation::relu;
  throw Error(ErrorCode::model_format,
              "Expected hidden_act 'quick_gelu', 'gelu', 'silu' or 'relu', got '" + name + "'.");
}

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::quick_gelu:
      return in_full_vectors(x, [](const at::Tensor& y) { return y * at::sigmoid(y * 1.702); });
    case Activation::gelu:
      return at::gelu(x);
    case Activation::silu:
      return in_full_vectors(x, [](const at::Tensor& y) { return at::silu(y); });
    case Activation::relu:
      return at::relu(x);
  }
  throw Error(ErrorCode::internal, "Unknown activation.");
}

}  // namespace synood
