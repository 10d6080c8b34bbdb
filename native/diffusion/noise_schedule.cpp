#include "diffusion/noise_schedule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "synood/error.h"

namespace synood {
namespace {

constexpr double kMaxBeta = 0.999;

at::Tensor squared_cosine(int64_t count) {
  const auto alpha_bar = [](double t) {
    const double c = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  auto betas = at::empty({count}, at::kFloat);
  auto* out = betas.data_ptr<float>();
  const auto total = static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) {
    const double here = alpha_bar(static_cast<double>(i) / total);
    const double next = alpha_bar(static_cast<double>(i + 1) / total);
    out[i] = static_cast<float>(std::min(1 - next / here, kMaxBeta));
  }
  return betas;
}

at::Tensor betas_of(const SchedulerSpec& spec) {
  const auto count = spec.num_train_timesteps;
  if (spec.beta_schedule == "linear") return at::linspace(spec.beta_start, spec.beta_end, count, at::kFloat);
  if (spec.beta_schedule == "scaled_linear") {
    return at::linspace(std::sqrt(spec.beta_start), std::sqrt(spec.beta_end), count, at::kFloat).pow(2);
  }
  if (spec.beta_schedule == "squaredcos_cap_v2") return squared_cosine(count);
  throw Error(ErrorCode::config,
              "Expected beta_schedule 'linear', 'scaled_linear' or 'squaredcos_cap_v2', got '" +
                  spec.beta_schedule + "'.");
}

at::Tensor zero_terminal_snr(const at::Tensor& betas) {
  auto root = (1 - betas).cumprod(0).sqrt();
  const auto first = root[0].clone();
  const auto last = root[-1].clone();
  root = (root - last) * (first / (first - last));
  const auto bar = root.pow(2);
  const auto alphas = at::cat({bar.slice(0, 0, 1), bar.slice(0, 1) / bar.slice(0, 0, -1)});
  return 1 - alphas;
}

}  // namespace

std::vector<float> alphas_cumprod(const SchedulerSpec& spec) {
  if (spec.num_train_timesteps < 1) {
    throw Error(ErrorCode::config, "Expected num_train_timesteps of at least 1, got " +
                                       std::to_string(spec.num_train_timesteps) + ".");
  }
  const at::NoGradGuard no_grad;
  auto betas = betas_of(spec);
  if (spec.rescale_betas_zero_snr) betas = zero_terminal_snr(betas);
  const auto products = (1 - betas).cumprod(0).contiguous();
  const auto* data = products.const_data_ptr<float>();
  return {data, data + products.numel()};
}

}  // namespace synood
