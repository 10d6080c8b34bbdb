#include "synthesis/score.h"

#include <cmath>
#include <sstream>

#include "synood/error.h"

namespace synood {
namespace {

constexpr double kReferenceTarget = -5;

}  // namespace

at::Tensor energy_score(const at::Tensor& logits, double temperature) {
  return (logits / temperature).logsumexp(-1) * temperature;
}

at::Tensor msp_score(const at::Tensor& logits, double temperature) {
  return (logits / temperature).softmax(-1).amax(-1);
}

at::Tensor max_logit_score(const at::Tensor& logits) { return logits.amax(-1); }

at::Tensor reference_statistic(const at::Tensor& logits) { return logits.mean(-1) - logits.logsumexp(-1); }

Objective parse_objective(const std::string& name) {
  if (name == "energy") return Objective::energy;
  if (name == "msp") return Objective::msp;
  if (name == "max_logit") return Objective::max_logit;
  if (name == "authors") return Objective::authors;
  if (name == "reference") return Objective::reference;
  throw Error(
      ErrorCode::config,
      "Expected objective 'energy', 'msp', 'max_logit', 'authors' or 'reference', got '" + name + "'.");
}

ScoreRange score_range(Objective objective, int64_t classes, double temperature, double limit) {
  const double count = static_cast<double>(classes);
  switch (objective) {
    case Objective::msp:
      return {1 / count, 1 / (1 + (count - 1) * std::exp(-2 * limit / temperature))};
    case Objective::max_logit:
      return {-limit, limit};
    case Objective::authors:
      // One logit at the top and the others at the bottom, where the margin over their mean is widest.
      return {std::log(count),
              2 * limit * (count - 1) / count + std::log1p((count - 1) * std::exp(-2 * limit))};
    case Objective::energy:
    case Objective::reference:
      break;
  }
  return {-limit + temperature * std::log(count), limit + temperature * std::log(count)};
}

void expect_reachable(Objective objective, double target, int64_t classes, double temperature, double limit) {
  if (objective == Objective::reference) return;
  const auto [low, high] = score_range(objective, classes, temperature, limit);
  if (target >= low && target <= high) return;
  std::ostringstream text;
  text << "Expected a boundary that scores can reach: of " << classes << " classes they lie between " << low
       << " and " << high << ", got a target of " << target << ". Set the boundary, or calibrate it.";
  throw Error(ErrorCode::config, text.str());
}

at::Tensor objective_score(Objective objective, const at::Tensor& logits, double temperature) {
  switch (objective) {
    case Objective::msp:
      return msp_score(logits, temperature);
    case Objective::max_logit:
      return max_logit_score(logits);
    case Objective::authors:
      return -reference_statistic(logits);
    case Objective::energy:
    case Objective::reference:
      break;
  }
  return energy_score(logits, temperature);
}

at::Tensor objective_loss(Objective objective, const at::Tensor& logits, double temperature,
                          double boundary) {
  if (objective == Objective::reference) return (kReferenceTarget - reference_statistic(logits)).square();
  return (objective_score(objective, logits, temperature) - boundary).square();
}

}  // namespace synood
