#pragma once

#include <ATen/ATen.h>

#include "models/models.h"
#include "synood/detection.h"

namespace synood {

// ODIN's perturbation (Liang et al., 2018), as published: with y the class of the largest logit,
//
//   x~ = x - epsilon sign(grad_x CE(g(x) / T, y)) / std,   sign(0) = +1
//
// where std are the deviations that the pixels were normalised with, channel by channel, so that epsilon is
// in units of pixels in [0, 1].
//
//   pixels (N, C, H, W) normalised -> the same shape
at::Tensor odin_perturbation(ClassifierModel& classifier, const at::Tensor& pixels,
                             const OdinOptions& options);

}  // namespace synood
