#include "models/clip_encoder_training.h"

#include <algorithm>
#include <utility>

#include "engine/has_kernels.h"
#include "models/clip_encoder_inference.h"
#include "models/encoder_pass.h"
#include "nn/activation.h"

namespace synood {

namespace {

thread_local EncoderMemory* current_memory = nullptr;

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Held : torch::CustomClassHolder {
  std::shared_ptr<EncoderPass> pass;
};

struct FusedEncoder : torch::autograd::Function<FusedEncoder> {
  // tensors: x, then the parameters of all layers. Returns what the last layer's attention gathered for each
  // sample's token (N, D), before its projection, and that token's state on the way in (N, D).
  static variable_list forward(AutogradContext* context, at::TensorList tensors,
                               const c10::intrusive_ptr<Held>& held) {
    context->saved_data["pass"] = c10::IValue::make_capsule(held);
    auto [gathered, states] = held->pass->forward();
    return {gathered, states};
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto held = c10::static_intrusive_pointer_cast<Held>(context->saved_data["pass"].toCapsule());
    TORCH_CHECK(held->pass, "The way back through a CLIP encoder goes once.");
    // What was kept goes with the pass: the graph may have models beyond this one on its way.
    const auto pass = std::exchange(held->pass, nullptr);
    auto result = pass->backward(gradients[0], gradients[1]);
    result.emplace_back();  // of the pass, which is an argument of forward too
    return result;
  }
};

std::vector<at::Tensor> parameters_of(const ClipEncoder::Layer& layer) {
  return {layer.layer_norm1.weight, layer.layer_norm1.bias, layer.q_proj.weight,      layer.q_proj.bias,
          layer.k_proj.weight,      layer.k_proj.bias,      layer.v_proj.weight,      layer.v_proj.bias,
          layer.out_proj.weight,    layer.out_proj.bias,    layer.layer_norm2.weight, layer.layer_norm2.bias,
          layer.fc1.weight,         layer.fc1.bias,         layer.fc2.weight,         layer.fc2.bias};
}

bool asks_for_gradients(const ClipEncoder::Layer& layer) {
  const auto parameters = parameters_of(layer);
  return std::any_of(parameters.begin(), parameters.end(), [](auto& p) { return p.requires_grad(); });
}

at::Tensor at_tokens(const at::Tensor& x, const at::Tensor& tokens) {
  return x.index({at::arange(x.size(0), tokens.options()), tokens});
}

at::Tensor end_of_layer(const ClipEncoder& encoder, const ClipEncoder::Layer& layer,
                        const at::Tensor& gathered, const at::Tensor& states) {
  const auto x = states + layer.out_proj(gathered);
  return x + layer.fc2(activate(encoder.shape.activation, layer.fc1(layer.layer_norm2(x))));
}

}  // namespace

EncoderMemory::Scope::Scope(EncoderMemory& memory) : before_(current_memory) { current_memory = &memory; }
EncoderMemory::Scope::~Scope() { current_memory = before_; }

at::Tensor EncoderMemory::take(int64_t count) {
  if (!current_memory) return at::empty({count}, at::kFloat);
  auto& buffers = current_memory->buffers_;
  for (const auto& buffer : buffers)
    if (buffer.numel() == count && buffer.use_count() == 1) return buffer;
  buffers.push_back(at::empty({count}, at::kFloat));
  return buffers.back();
}

at::Tensor plain_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens) {
  return at_tokens(encoder(x), tokens);
}

at::Tensor fused_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens) {
  // Layers below the first one that is trained, if nothing before them is, need no way back.
  size_t first = 0;
  auto start = x;
  if (!x.requires_grad()) {
    while (first + 1 < encoder.layers.size() && !asks_for_gradients(encoder.layers[first])) ++first;
    const at::NoGradGuard no_grad;
    start = encoder(x, static_cast<int64_t>(encoder.layers.size() - first));
  }
  start = start.contiguous();
  const std::vector<ClipEncoder::Layer> layers(encoder.layers.begin() + static_cast<int64_t>(first),
                                               encoder.layers.end());
  std::vector<at::Tensor> tensors{start};
  std::vector<bool> trained;
  for (const auto& layer : layers) {
    const auto parameters = parameters_of(layer);
    tensors.insert(tensors.end(), parameters.begin(), parameters.end());
    trained.push_back(asks_for_gradients(layer));
  }
  auto held = c10::make_intrusive<Held>();
  held->pass = std::make_shared<EncoderPass>(encoder.shape, layers, trained, start.detach(), tokens);
  const auto outputs = FusedEncoder::apply(at::TensorList(tensors), held);
  return end_of_layer(encoder, layers.back(), outputs[0], outputs[1]);
}

at::Tensor pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens) {
  if (infers(encoder, x)) return infer_pooled_state(encoder, x, tokens);
  const bool differentiable =
      at::GradMode::is_enabled() &&
      (x.requires_grad() || std::any_of(encoder.layers.begin(), encoder.layers.end(), asks_for_gradients));
  const bool fused =
      differentiable && has_cpu_kernels(x) && encoder.shape.activation == Activation::quick_gelu;
  return (fused ? fused_pooled_state : plain_pooled_state)(encoder, x, tokens);
}

}  // namespace synood
