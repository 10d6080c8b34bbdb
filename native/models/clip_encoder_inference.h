#pragma once

#include <ATen/ATen.h>

#include "models/clip_encoder.h"

namespace synood {

// The encoder without a way back, on the CPU. Each layer takes the batch in parts: what lies between its
// products is then found in the processor's cache, and in memory that stays from part to part and layer to
// layer. Parts are of one size, a divisor of the batch's, so that a sample's bits do not depend on its place.

// Whether nothing is recorded and the encoder's numbers are float32 on the CPU.
bool infers(const ClipEncoder& encoder, const at::Tensor& x);

// Of all layers but the last `skip`: (N, L, D) -> (N, L, D).
at::Tensor infer(const ClipEncoder& encoder, const at::Tensor& x, int64_t skip);

// What all layers make of one token of each sample: (N, L, D) and (N) int64 -> (N, D). Of the last layer
// only keys and values are computed for every token.
at::Tensor infer_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens);

}  // namespace synood
