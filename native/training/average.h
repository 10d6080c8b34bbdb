#pragma once

#include "training/optimizer.h"

namespace synood {

// An exponential moving average of the parameters, a = d a + (1 - d) p, with the decay of diffusers'
// EMAModel: after update n, d = min(decay, n / (9 + n)), and 0 after the first, so that the start is
// forgotten.
class ParameterAverage {
 public:
  ParameterAverage(double decay, const NamedTensors& parameters);

  void update(int64_t step);   // `step` counts updates done before this one
  NamedTensors state() const;  // "ema.<name>", the tensors themselves

 private:
  double decay_;
  NamedTensors parameters_, averages_;
};

}  // namespace synood
