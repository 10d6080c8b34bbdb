#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace synood {

// Gradient checkpointing (Chen et al., "Training deep nets with sublinear memory cost", 2016): `block` runs
// without keeping its intermediate results, and once more when its gradient is asked for.
//
//   inputs      what the block computes from, handed to it; gradients flow to those that need one
//   parameters  tensors that the block uses by itself and whose gradients are wanted; may be empty
//   returns     block(inputs), one tensor
//
// The block must be a pure function of its inputs and parameters.
using CheckpointBlock = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;
at::Tensor checkpoint(const CheckpointBlock& block, const std::vector<at::Tensor>& inputs,
                      const std::vector<at::Tensor>& parameters = {});

}  // namespace synood
