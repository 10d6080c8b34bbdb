#include "diffusion/dpm_solver_multistep.h"

#include <cmath>
#include <utility>

#include "diffusion/prediction.h"
#include "diffusion/timesteps.h"
#include "synood/error.h"

namespace synood {

DpmSolverMultistep::DpmSolverMultistep(const SchedulerSpec& spec, DrawNoise draw)
    : Multistep(spec), draw_(std::move(draw)), stochastic_(spec.algorithm_type == "sde-dpmsolver++") {
  expect_word("algorithm_type", spec.algorithm_type, {"dpmsolver++", "sde-dpmsolver++"});
  expect_word("solver_type", spec.solver_type, {"midpoint", "heun"});
  if (spec.solver_order != 1 && spec.solver_order != 2) {
    throw Error(ErrorCode::config, "Expected solver_order 1 or 2 for DPM-Solver++, got " +
                                       std::to_string(spec.solver_order) + ".");
  }
  if (stochastic_ && !draw_) throw Error(ErrorCode::internal, "SDE-DPM-Solver++ needs a source of noise.");
}

void DpmSolverMultistep::set_timesteps(int64_t steps) {
  auto times = multistep_timesteps(spec_, steps, table_.count_above(spec_.lambda_min_clipped));
  auto sigmas = levels(times);
  if (spec_.use_karras_sigmas) {
    sigmas = karras_sigmas(table_.largest(), table_.smallest(), steps);
    times.clear();
    for (const double sigma : sigmas) {
      const double t = table_.time_of(sigma);
      times.push_back(spec_.beta_schedule == "squaredcos_cap_v2" ? std::trunc(t) : std::nearbyint(t));
    }
  }
  begin(std::move(times), sigmas, table_.smallest());
}

void DpmSolverMultistep::set_custom_timesteps(const std::vector<double>& timesteps) {
  if (spec_.use_karras_sigmas) {
    throw Error(ErrorCode::config, "Karras sigmas are a spacing: turn them off to give timesteps.");
  }
  std::vector<double> whole;
  for (const double t : timesteps) whole.push_back(std::trunc(t));
  expect_descending(whole, spec_.num_train_timesteps);
  const auto sigmas = levels(whole);
  begin(std::move(whole), sigmas, table_.smallest());
}

bool DpmSolverMultistep::first_order_at(int64_t index) const {
  if (spec_.solver_order == 1 || kept_count() < 2) return true;
  return index == count() - 1 && (spec_.euler_at_final || (spec_.lower_order_final && count() < 15) ||
                                  spec_.final_sigmas_type == "zero");
}

at::Tensor DpmSolverMultistep::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  keep(original(model_output, index, sample));
  const auto t = level(index + 1), s = level(index);
  const float h = t.lambda() - s.lambda();
  const bool first_order = first_order_at(index);
  const auto& newest = kept(0);
  at::Tensor slope;
  if (!first_order) {
    const float before = s.lambda() - level(index - 1).lambda();
    slope = (newest - kept(1)) * (1 / (before / h));
  }
  const bool midpoint = spec_.solver_type == "midpoint";
  if (!stochastic_) {
    const float decay = t.alpha * (std::exp(-h) - 1);
    auto next = sample * (t.sigma / s.sigma) - newest * decay;
    if (first_order) return next;
    return midpoint ? next - slope * (0.5f * decay) : next + slope * (t.alpha * ((std::exp(-h) - 1) / h + 1));
  }
  const float rise = 1 - std::exp(-2 * h);
  auto next = sample * (t.sigma / s.sigma * std::exp(-h)) + newest * (t.alpha * rise);
  if (!first_order) {
    next = next + slope * (midpoint ? 0.5f * (t.alpha * rise) : t.alpha * (rise / (-2 * h) + 1));
  }
  return next + draw_(sample.sizes()) * (t.sigma * std::sqrt(rise));
}

}  // namespace synood
