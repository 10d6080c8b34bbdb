#include "kernels/noise_update.h"

#include <cmath>

namespace synood::kernels {

void noise_update(const float* noise, const float* gradient, float* updated, int64_t count, float step,
                  bool normalised) {
  float scale = step;
  if (normalised) {
    double squares = 0;
    for (int64_t i = 0; i < count; ++i) squares += static_cast<double>(gradient[i]) * gradient[i];
    const double rms = std::sqrt(squares / static_cast<double>(count));
    scale = rms > 0 ? static_cast<float>(step / rms) : 0.0f;
  }
  for (int64_t i = 0; i < count; ++i) {
    updated[i] = scale == 0 ? noise[i] : noise[i] - gradient[i] * scale;
  }
}

}  // namespace synood::kernels
