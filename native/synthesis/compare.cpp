#include "synthesis/compare.h"

#include <cmath>
#include <limits>

#include "synthesis/step_rule.h"

namespace synood {
namespace {

struct Measured {
  std::vector<double> scores, losses;
  at::Tensor gradient;  // (N, C, h, w); undefined without a method
};

double inner_product(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) * b.to(at::kDouble)).sum().item<double>();
}

// A quotient of nothing by nothing is not a number.
double ratio(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<GradientComparison> compare(Chain& chain, const Judge& judge, const std::vector<Slot>& slots,
                                        const std::vector<GradientMethod>& methods, double step_size,
                                        const JobControl& control) {
  const auto noise = gather(slots, [](const Slot& s) { return s.noise; });
  if (!noise.defined()) return {};
  std::vector<bool> active;
  for (const auto& slot : slots) active.push_back(slot.active());

  const auto measure = [&](const at::Tensor& at, const GradientMethod* method) {
    const auto denoised =
        chain.run(slots, at, method ? *method : GradientMethod{}, method != nullptr, control);
    auto judged = judge.judge(denoised, method != nullptr);
    Measured out{judged.scores, {}, {}};
    for (const auto& loss : judged.losses) out.losses.push_back(loss.item<double>());
    if (method != nullptr) {
      control.check();
      out.gradient = Judge::gradient(judged, active);
      if (const double factor = chain.factor(*method); factor != 1) out.gradient = out.gradient * factor;
    }
    return out;
  };

  const GradientMethod all{"exact", 1, false};
  const auto exact = measure(noise, &all);
  std::vector<GradientComparison> reports;
  for (size_t m = 0; m < methods.size(); ++m) {
    const auto& method = checked_method(methods[m]);
    const auto own = method.gradient == "exact" ? exact : measure(noise, &method);
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < noise.size(0); ++i) {
      rows.push_back(updated_noise(StepRule::normalised, step_size, noise.slice(0, i, i + 1),
                                   own.gradient.slice(0, i, i + 1)));
    }
    const auto after = measure(at::cat(rows), nullptr);
    for (size_t i = 0; i < slots.size(); ++i) {
      if (!active[i]) continue;
      const auto row = static_cast<int64_t>(i);
      const auto g = own.gradient[row], e = exact.gradient[row];
      const double norm = std::sqrt(inner_product(g, g)), whole = std::sqrt(inner_product(e, e));
      reports.push_back({row, static_cast<int64_t>(m), norm, ratio(inner_product(g, e), norm * whole),
                         ratio(norm, whole), own.scores[i], after.scores[i], own.losses[i], after.losses[i]});
    }
  }
  return reports;
}

}  // namespace synood
