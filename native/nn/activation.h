#pragma once

#include <ATen/ATen.h>

#include <string>

namespace synood {

// "quick_gelu": x sigmoid(1.702 x), as OpenAI trained CLIP. "gelu": x Phi(x), exact. "silu" and "relu".
enum class Activation { quick_gelu, gelu, silu, relu };

// From a configuration's hidden_act; another word is an ERR_MODEL_FORMAT.
Activation parse_activation(const std::string& name);

at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace synood
