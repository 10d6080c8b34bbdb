#pragma once

#include <string>

#include "engine/runtime.h"

namespace synood {

// "auto" | "cpu" | "cuda" | "cuda:N" | "meta" (shapes without numbers). "cpu" probes nothing; a CUDA device
// that is asked for and absent is an error that says why, never a silent fall back.
at::Device parse_device(const std::string& name);

// "float32" | "bfloat16" | "float16"
at::ScalarType parse_dtype(const std::string& name, at::Device device);

std::string device_name(at::Device device);
bool cuda_built();
int64_t cuda_device_count();

}  // namespace synood
