#pragma once

#include <ATen/ATen.h>

#include <utility>
#include <vector>

#include "models/clip_encoder.h"

namespace synood {

// One forward and backward pass of a CLIP encoder's layers up to the last one's attention, in closed form on
// the CPU; see clip_encoder_training.h.
//
//   mid = x + attention(ln1(x));   y = mid + fc2(quick_gelu(fc1(ln2(mid))))        all layers but the last
//
// Kept of each of them: x, ln1's statistics, queries, keys and values, the softmax's shares, what attention
// gathered, mid, ln2's statistics and fc1's output. Normalised states and activations are computed again.
class EncoderPass {
 public:
  // x (N, L, D); tokens (N): of the last layer only their queries are asked
  EncoderPass(const ClipEncoder::Shape& shape, const std::vector<ClipEncoder::Layer>& layers,
              const std::vector<bool>& trained, const at::Tensor& x, const at::Tensor& tokens);
  ~EncoderPass();

  // What attention gathered for the tokens (N, D), before its projection, and their states (N, D).
  std::pair<at::Tensor, at::Tensor> forward();
  // Gradients of x, then of each layer's parameters: ln1 weight and bias, weights and biases of q, k, v and
  // out, ln2 weight and bias, fc1 weight and bias, fc2 weight and bias; undefined where none are wanted.
  std::vector<at::Tensor> backward(const at::Tensor& gathered, const at::Tensor& states);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace synood
