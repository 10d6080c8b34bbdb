#include "synthesis/boundary.h"

#include <cmath>

#include "synood/error.h"
#include "synthesis/score.h"

namespace synood {

StopRule stop_rule(const SynthesisOptions& options) {
  StopRule rule{options.boundary, options.tolerance, options.max_iterations,
                parse_objective(options.objective) != Objective::reference};
  if (options.side == "both") return rule;
  if (options.side != "inside" && options.side != "outside") {
    throw Error(ErrorCode::config,
                "Expected side 'both', 'inside' or 'outside', got '" + options.side + "'.");
  }
  rule.tolerance /= 2;
  rule.target += options.side == "inside" ? rule.tolerance : -rule.tolerance;
  return rule;
}

Verdict StopRule::judge(double score, int64_t iteration) const {
  if (!std::isfinite(score)) return {true, false, kNotFinite};
  const bool near = std::abs(score - target) <= tolerance;
  if (near && stops_at_boundary) return {true, true, "boundary"};
  if (iteration >= max_iterations) return {true, near, "iterations"};
  return {};
}

}  // namespace synood
