#include "nn/timestep_embedding.h"

#include <cmath>

namespace synood {

at::Tensor timestep_embedding(const at::Tensor& timesteps, int64_t size, bool flip_sin_to_cos,
                              double freq_shift) {
  const auto half = size / 2;
  const auto steps = at::arange(half, at::TensorOptions().device(timesteps.device()).dtype(at::kFloat));
  const auto frequencies = at::exp(steps * -std::log(10000.0) / (static_cast<double>(half) - freq_shift));
  const auto angles = timesteps.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);
  const auto sine = at::sin(angles), cosine = at::cos(angles);
  const auto embedding = flip_sin_to_cos ? at::cat({cosine, sine}, 1) : at::cat({sine, cosine}, 1);
  return size % 2 == 1 ? at::constant_pad_nd(embedding, {0, 1}) : embedding;
}

}  // namespace synood
