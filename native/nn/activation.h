#pragma once

#include <ATen/ATen.h>

#include <string>

namespace synood {

// "quick_gelu": x sigmoid(1.702 x), as OpenAI trained CLIP. "gelu": x Phi(x), exact. "silu" and "relu".
enum class Activation { quick_gelu, gelu, silu, relu };

// From a configuration's hidden_act; another word is an ERR_MODEL_FORMAT.
Activation parse_activation(const std::string& name);

// An element's bits depend on nothing but the element (float32 on the CPU). LibTorch's own sigmoid and silu
// don't promise that: they compute what a thread's share leaves over after the last full vectors with scalar
// code, whose last bits differ, so a sample would change with its place in the batch and with the number of
// threads. Hence kernels/swish.h.
at::Tensor activate(Activation activation, const at::Tensor& x);

// The same numbers in x's own memory, where nothing is recorded.
void activate_in_place(Activation activation, at::Tensor& x);

}  // namespace synood
