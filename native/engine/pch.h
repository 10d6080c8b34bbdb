#pragma once

// What every file of native/ needs and nothing more: torch/nn.h and torch/torch.h cost twice as much again.
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
