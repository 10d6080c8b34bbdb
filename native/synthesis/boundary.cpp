#include "synthesis/boundary.h"

#include <cmath>

namespace synood {

Verdict StopRule::judge(double score, int64_t iteration) const {
  if (!std::isfinite(score)) return {true, false, kNotFinite};
  const bool near = std::abs(score - boundary) <= tolerance;
  if (near && stops_at_boundary) return {true, true, "boundary"};
  if (iteration >= max_iterations) return {true, near, "iterations"};
  return {};
}

}  // namespace synood
