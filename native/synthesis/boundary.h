#pragma once

#include <cstdint>
#include <string>

namespace synood {

struct Verdict {
  bool finished = false, accepted = false;
  std::string reason;  // empty while it goes on
};

// When one sample's search ends: within `tolerance` of the boundary, out of iterations, or out of numbers.
// Whatever ended it, it is accepted only if the image that was last decoded lies near the boundary.
struct StopRule {
  double boundary = 0, tolerance = 0;
  int64_t max_iterations = 1;
  bool stops_at_boundary = true;  // false in reference mode: always all iterations

  Verdict judge(double score, int64_t iteration) const;
};

inline constexpr const char* kNotFinite = "not-finite";

}  // namespace synood
