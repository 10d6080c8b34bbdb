#pragma once

#include <vector>

#include "synood/specs.h"

namespace synood {

// The variance schedule of a diffusion model (Ho et al., 2020, section 2) in diffusers' numbers.
//
//   beta_t            linear, scaled_linear (linear in sqrt(beta)) or squaredcos_cap_v2 (Nichol & Dhariwal,
//   2021) returns (T)       alphas_cumprod_t = prod_{s<=t} (1 - beta_s), float32 as diffusers keeps them
//
// rescale_betas_zero_snr: Lin et al., 2024, algorithm 1, so that the last alphas_cumprod is 0.
std::vector<float> alphas_cumprod(const SchedulerSpec& spec);

}  // namespace synood
