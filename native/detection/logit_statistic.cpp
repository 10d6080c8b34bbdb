#include "detection/logit_statistic.h"

#include "synood/error.h"

namespace synood {

LogitStatistic::LogitStatistic(const std::string& name, double temperature) : temperature_(temperature) {
  if (name == "msp") {
    kind_ = Kind::msp;
  } else if (name == "max_logit") {
    kind_ = Kind::max_logit;
  } else if (name == "energy") {
    kind_ = Kind::energy;
  } else {
    throw Error(ErrorCode::value, "Expected the statistic msp, max_logit or energy, got '" + name + "'.");
  }
}

at::Tensor LogitStatistic::operator()(const at::Tensor& logits) const {
  const auto top = logits.amax({1}, /*keepdim=*/true);
  if (kind_ == Kind::max_logit) return top.squeeze(1);
  // The largest softmax probability is one over the sum of what the others are to it.
  const auto sum = at::exp((logits - top) / temperature_).sum(at::IntArrayRef{1});
  if (kind_ == Kind::msp) return sum.reciprocal();
  return top.squeeze(1) + temperature_ * sum.log();
}

}  // namespace synood
