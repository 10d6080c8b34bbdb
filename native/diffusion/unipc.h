#pragma once

#include "diffusion/multistep.h"

namespace synood {

// UniPC (Zhao et al., 2023) on predictions of x0, in both forms of B(h). With hh = lambda_s - lambda_t, r_i
// the place of an older level on the step's own scale and D_i = (m_i - m0) / r_i:
//
//   predictor   x' = (s'_t/s'_s) x - alpha_t expm1(hh) m0 - alpha_t B sum rho_i D_i
//   corrector   the same from the sample before the last prediction, with rho_last (m_t - m0) beside
//   B           bh1: hh      bh2: expm1(hh)
//
// rho solves R rho = b (R_ki = r_i^(k-1), b_k = k! phi_(k+1)(hh) / B) but for the predictor of order 2 and
// the corrector of order 1, where it is 1/2. Orders rise from 1 with the outputs that there are, and fall
// again at the end with lower_order_final.
class UniPc final : public Multistep {
 public:
  explicit UniPc(const SchedulerSpec& spec);

  void set_timesteps(int64_t steps) override;
  at::Tensor step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) override;

 private:
  struct Coefficients;
  Coefficients coefficients(int64_t from, int64_t to, int64_t order) const;
  at::Tensor predict(int64_t index, const at::Tensor& sample) const;
  at::Tensor correct(int64_t index, const at::Tensor& output) const;

  at::Tensor last_sample_;
  int64_t order_ = 1;  // of the last prediction
};

}  // namespace synood
