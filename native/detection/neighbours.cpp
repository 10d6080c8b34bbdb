#include "detection/neighbours.h"

#include <algorithm>

#include "detection/operations.h"
#include "detection/row_blocks.h"
#include "nn/normalise.h"
#include "synood/error.h"

namespace synood {

namespace {

constexpr int64_t kBank = 16384;

}  // namespace

at::Tensor neighbour_cosines(const at::Tensor& rows, const at::Tensor& bank, int64_t k,
                             const JobControl& control) {
  return map_rows(rows, kScoreRows, [&](const at::Tensor& part) {
    at::Tensor best;
    for (int64_t begin = 0; begin < bank.size(0); begin += kBank) {
      control.check();
      const auto cosines = at::matmul(part, bank.slice(0, begin, begin + kBank).t());
      const auto nearest = std::get<0>(cosines.topk(std::min(k, cosines.size(1)), 1));
      best = best.defined() ? at::cat({best, nearest}, 1) : nearest;
      if (best.size(1) > k) best = std::get<0>(best.topk(k, 1));
    }
    return best.amin({1});
  });
}

// KNN (Sun et al., 2022): minus the squared distance of the unit features to the K-th nearest of the training
// set's, which is 2 - 2 cos.
//
//   features (N, D), bank (M, D), number "neighbours" -> scores (N)
NamedResults neighbour_scores(const Arguments& given, const JobControl& control) {
  const auto bank = normalise(given.matrix("bank"));
  const auto k = given.count("neighbours");
  if (k > bank.size(0))
    throw Error(ErrorCode::value, "Expected at most " + std::to_string(bank.size(0)) +
                                      " neighbours, as many as there are training features, got " +
                                      std::to_string(k) + ".");
  const auto rows = normalise(given.matrix("features", bank.size(1)));
  return {{"scores", (2 * neighbour_cosines(rows, bank, k, control) - 2).clamp_max(0)}};
}

}  // namespace synood
