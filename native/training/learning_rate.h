#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synood/training.h"

namespace synood {

// The rate of a step (0 for the first): a linear warm-up that reaches the full rate at its last step, then
// CosineAnnealingLR's closed form over what is left of total_steps,
//
//   final + (rate - final) (1 + cos(pi s / S)) / 2,   s = step - warmup, S = total - warmup,
//
// and the final rate after it. Without total_steps the rate stays.
inline double learning_rate(const OptimizerOptions& options, int64_t step) {
  if (step < options.warmup_steps)
    return options.learning_rate * static_cast<double>(step + 1) / static_cast<double>(options.warmup_steps);
  if (options.total_steps <= 0) return options.learning_rate;
  const auto span = std::max<int64_t>(1, options.total_steps - options.warmup_steps);
  const double share =
      static_cast<double>(std::min(step - options.warmup_steps, span)) / static_cast<double>(span);
  return options.final_learning_rate +
         (options.learning_rate - options.final_learning_rate) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

}  // namespace synood
