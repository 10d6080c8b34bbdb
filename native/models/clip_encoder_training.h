#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "models/clip_encoder.h"

namespace synood {

// Memory for what a forward pass keeps for the way back, used again in every step: fresh pages of the
// operating system cost as much as writing to them. A trainer owns one and enters it.
class EncoderMemory {
 public:
  // While it lives, passes on this thread take their memory here.
  class Scope {
   public:
    explicit Scope(EncoderMemory& memory);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    EncoderMemory* before_;
  };

  // float32 numbers of the current scope's memory that nobody holds any more, or new ones
  static at::Tensor take(int64_t count);

 private:
  std::vector<at::Tensor> buffers_;
};

// What the encoder makes of one token of each sample, differentiable: the only one that CLIP's heads read.
//
//   x        (N, L, D)
//   tokens   (N) int64, which one
//   returns  (N, D)
//
// Equal to encoder(x) at these places. Of the last layer only their rows are computed beyond keys and values.
// Where gradients are asked for, on the CPU with quick_gelu, the whole way there and back is one node of the
// graph: samples go through all layers in parts that fit a core's cache, a thread a part, with the gradients
// in closed form; what a part adds to the parameters' gradients is summed in the order of the threads.
at::Tensor pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens);

// The two ways of computing it, for pooled_state() to choose from and for tests to compare.
at::Tensor plain_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens);
at::Tensor fused_pooled_state(const ClipEncoder& encoder, const at::Tensor& x, const at::Tensor& tokens);

}  // namespace synood
