#include "synthesis/score.h"

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
  if (name == "reference") return Objective::reference;
  throw Error(ErrorCode::config,
              "Expected objective 'energy', 'msp', 'max_logit' or 'reference', got '" + name + "'.");
}

at::Tensor objective_score(Objective objective, const at::Tensor& logits, double temperature) {
  switch (objective) {
    case Objective::msp:
      return msp_score(logits, temperature);
    case Objective::max_logit:
      return max_logit_score(logits);
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
