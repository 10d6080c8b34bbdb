#pragma once

#include <napi.h>

#include <vector>

#include "synood/tensor.h"

// What leaves the core becomes {data: Float32Array, shape: number[]}; the numbers move, they are not copied
// (unless the runtime refuses external memory, as Electron does).
Napi::Value write_tensor(Napi::Env env, synood::Tensor&& tensor);
Napi::Value write_named_tensors(Napi::Env env, std::vector<synood::NamedTensor>&& tensors);
Napi::Value write_numbers(Napi::Env env, const std::vector<double>& numbers);
