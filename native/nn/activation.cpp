#include "nn/activation.h"

#include "synood/error.h"

namespace synood {

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
      return x * at::sigmoid(x * 1.702);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::silu:
      return at::silu(x);
    case Activation::relu:
      return at::relu(x);
  }
  throw Error(ErrorCode::internal, "Unknown activation.");
}

}  // namespace synood
