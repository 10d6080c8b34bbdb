#pragma once

#include <vector>

#include "synthesis/chain.h"
#include "synthesis/judge.h"

namespace synood {

// How far cheaper gradients of the loss in the noise can be trusted. For each active slot at its noise eps,
// and for each method's gradient g beside the exact one, e:
//
//   cosine      g . e / (|g| |e|)
//   norm_ratio  |g| / |e|
//   after       score and loss at eps - step_size * g / rms(g), the whole chain run again
//
// Every run uses the draws of the slot's next iteration, so that nothing but the noise differs.
std::vector<GradientComparison> compare(Chain& chain, const Judge& judge, const std::vector<Slot>& slots,
                                        const std::vector<GradientMethod>& methods, double step_size,
                                        const JobControl& control);

}  // namespace synood
