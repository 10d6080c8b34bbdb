#include <algorithm>
#include <cmath>

#include "detection/operations.h"
#include "synood/error.h"

namespace synood {

// The quantile of all activations together, linear between neighbours as numpy.quantile: where ReAct cuts.
//
//   features (N, F), number "quantile" in [0, 1] -> value (1)
NamedResults activation_quantile(const Arguments& given, const JobControl& control) {
  const double quantile = given.number("quantile");
  if (!(quantile >= 0 && quantile <= 1))
    throw Error(ErrorCode::value, "Expected a quantile in [0, 1], got " + std::to_string(quantile) + ".");
  control.check();
  const auto copy = given.matrix("features").to(at::kCPU).clone().flatten();
  float* begin = copy.data_ptr<float>();
  float* end = begin + copy.numel();
  const double rank = quantile * static_cast<double>(copy.numel() - 1);
  float* below = begin + static_cast<int64_t>(std::floor(rank));
  std::nth_element(begin, below, end);
  const double low = *below;
  const double high = below + 1 < end ? *std::min_element(below + 1, end) : low;
  return {{"value", at::full({1}, low + (high - low) * (rank - std::floor(rank)), at::kFloat)}};
}

}  // namespace synood
