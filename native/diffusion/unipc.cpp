#include "diffusion/unipc.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "diffusion/prediction.h"
#include "diffusion/timesteps.h"
#include "synood/error.h"

namespace synood {
namespace {

// Gaussian elimination without exchange of rows: R's are 1, 1, ... and rising powers, so its pivots stand.
std::vector<double> solve(std::vector<std::vector<double>> rows, std::vector<double> right) {
  const auto n = right.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i + 1; j < n; ++j) {
      const double share = rows[j][i] / rows[i][i];
      for (size_t k = i; k < n; ++k) rows[j][k] -= share * rows[i][k];
      right[j] -= share * right[i];
    }
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k) right[i] -= rows[i][k] * right[k];
    right[i] /= rows[i][i];
  }
  return right;
}

}  // namespace

// What a step from level `from` to level `to` weighs its terms with.
struct UniPc::Coefficients {
  float keep = 0;              // of the sample
  float newest = 0;            // of m0
  float rest = 0;              // of the sum over D
  std::vector<double> places;  // r_1 .. r_(order-1), and 1
  std::vector<double> right;   // b
  std::vector<double> rho(size_t n) const {
    std::vector<std::vector<double>> rows(n, std::vector<double>(n));
    for (size_t k = 0; k < n; ++k) {
      for (size_t i = 0; i < n; ++i) rows[k][i] = std::pow(places[i], static_cast<double>(k));
    }
    return solve(rows, {right.begin(), right.begin() + static_cast<int64_t>(n)});
  }
};

UniPc::UniPc(const SchedulerSpec& spec) : Multistep(spec) {
  expect_word("solver_type", spec.solver_type, {"bh1", "bh2"});
  if (spec.solver_order < 1 || spec.solver_order > 3) {
    throw Error(ErrorCode::config,
                "Expected solver_order 1 to 3 for UniPC, got " + std::to_string(spec.solver_order) + ".");
  }
  if (!spec.lower_order_final && spec.solver_order > 1 && spec.final_sigmas_type == "zero") {
    throw Error(ErrorCode::config,
                "UniPC's last step to sigma 0 has no second order: set lower_order_final, or "
                "final_sigmas_type 'sigma_min'.");
  }
}

void UniPc::set_timesteps(int64_t steps) {
  auto times = multistep_timesteps(spec_, steps, spec_.num_train_timesteps);
  auto sigmas = levels(times);
  double smallest = table_.smallest();
  if (spec_.use_karras_sigmas) {
    sigmas = karras_sigmas(table_.largest(), table_.smallest(), steps);
    smallest = sigmas.back();
    times.clear();
    for (const double sigma : sigmas) times.push_back(std::nearbyint(table_.time_of(sigma)));
  }
  begin(std::move(times), sigmas, smallest);
  last_sample_.reset();
  order_ = 1;
}

UniPc::Coefficients UniPc::coefficients(int64_t from, int64_t to, int64_t order) const {
  const auto t = level(to), s = level(from);
  const float h = t.lambda() - s.lambda(), hh = -h;
  const float phi_1 = std::expm1(hh);
  const float scale = spec_.solver_type == "bh1" ? hh : phi_1;
  Coefficients out{t.sigma / s.sigma, t.alpha * phi_1, t.alpha * scale, {}, {}};
  for (int64_t i = 1; i < order; ++i) {
    out.places.push_back((level(from - i).lambda() - s.lambda()) / h);
  }
  out.places.push_back(1);
  // phi in double: its differences would lose float32's last digits
  double phi = std::expm1(static_cast<double>(hh)) / hh - 1, factorial = 1;
  for (int64_t k = 1; k <= order; ++k) {
    out.right.push_back(phi * factorial / scale);
    factorial *= static_cast<double>(k + 1);
    phi = phi / hh - 1 / factorial;
  }
  return out;
}

at::Tensor UniPc::predict(int64_t index, const at::Tensor& sample) const {
  const auto c = coefficients(index, index + 1, order_);
  auto next = sample * c.keep - kept(0) * c.newest;
  if (order_ == 1) return next;
  const auto rho = order_ == 2 ? std::vector<double>{0.5} : c.rho(static_cast<size_t>(order_ - 1));
  for (int64_t i = 1; i < order_; ++i) {
    next = next - (kept(i) - kept(0)) * (c.rest * rho[i - 1] / c.places[i - 1]);
  }
  return next;
}

at::Tensor UniPc::correct(int64_t index, const at::Tensor& output) const {
  const auto c = coefficients(index - 1, index, order_);
  const auto rho = order_ == 1 ? std::vector<double>{0.5} : c.rho(static_cast<size_t>(order_));
  auto next = last_sample_ * c.keep - kept(0) * c.newest - (output - kept(0)) * (c.rest * rho.back());
  for (int64_t i = 1; i < order_; ++i) {
    next = next - (kept(i) - kept(0)) * (c.rest * rho[i - 1] / c.places[i - 1]);
  }
  return next;
}

at::Tensor UniPc::step(const at::Tensor& model_output, int64_t index, const at::Tensor& given) {
  const auto output = original(model_output, index, given);
  const auto& without = spec_.disable_corrector;
  const bool corrects = index > 0 && last_sample_.defined() &&
                        std::find(without.begin(), without.end(), index - 1) == without.end();
  const auto sample = corrects ? correct(index, output) : given;
  const auto outputs_before = kept_count();
  keep(output);
  const auto left = spec_.lower_order_final ? count() - index : spec_.solver_order;
  order_ = std::min({spec_.solver_order, left, outputs_before + 1});
  last_sample_ = sample;
  return predict(index, sample);
}

}  // namespace synood
