#include "training/average.h"

#include <algorithm>

#include "synood/error.h"

namespace synood {

ParameterAverage::ParameterAverage(double decay, const NamedTensors& parameters) : decay_(decay) {
  if (!(decay >= 0 && decay < 1)) throw Error(ErrorCode::value, "Expected an ema_decay in [0, 1).");
  for (const auto& [name, parameter] : parameters) {
    parameters_.emplace_back(name, parameter.detach());
    averages_.emplace_back("ema." + name, parameter.detach().clone());
  }
}

void ParameterAverage::update(int64_t step) {
  const at::NoGradGuard no_grad;
  const auto n = static_cast<double>(step);
  const double decay = step == 0 ? 0 : std::min(decay_, (1 + n) / (10 + n));
  for (size_t i = 0; i < averages_.size(); ++i) averages_[i].second.lerp_(parameters_[i].second, 1 - decay);
}

NamedTensors ParameterAverage::state() const { return averages_; }

}  // namespace synood
