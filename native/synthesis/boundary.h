#pragma once

#include <cstdint>
#include <string>

#include "synood/synthesis.h"

namespace synood {

struct Verdict {
  bool finished = false, accepted = false;
  std::string reason;  // empty while it goes on
};

// When one sample's search ends: near the boundary, out of iterations, or out of numbers. Whatever ended it,
// it is accepted only if the image that was last decoded lies near the boundary:
//
//   side      accepted                       target
//   both      |score - boundary| <= tol      boundary
//   inside    boundary <= score <= b + tol   boundary + tol / 2
//   outside   b - tol <= score <= boundary   boundary - tol / 2
struct StopRule {
  double target = 0, tolerance = 0;  // near: within this tolerance of the target
  int64_t max_iterations = 1;
  bool stops_at_boundary = true;  // false in reference mode: always all iterations

  Verdict judge(double score, int64_t iteration) const;
};

// ERR_CONFIG for a side that is none.
StopRule stop_rule(const SynthesisOptions& options);

inline constexpr const char* kNotFinite = "not-finite";
inline constexpr const char* kZeroGradient = "zero-gradient";

}  // namespace synood
