#pragma once

#include <ATen/ATen.h>

#include "models/models.h"

namespace synood {

// Deep features change little from one denoising step to the next (DeepCache: Ma, Fang and Wang, CVPR 2024):
// every `interval`-th call of a run computes the whole denoiser and keeps what enters its last block on the
// way up; those between compute the outermost blocks alone.
struct DeepFeatures {
  int64_t interval = 1;  // 1: every call computes all
  int64_t calls = 0;     // of this run
  at::Tensor kept;
};

// A denoiser that can do so; to be asked for by a dynamic cast.
class DeepFeatureReuse {
 public:
  virtual ~DeepFeatureReuse() = default;
  // As UnetModel::forward_with, at one batch shape per run. Nothing may be recorded.
  virtual at::Tensor forward_reusing(const at::Tensor& sample, const at::Tensor& timesteps,
                                     const at::Tensor& context, const UnetAdded& added,
                                     DeepFeatures& features) = 0;
};

}  // namespace synood
