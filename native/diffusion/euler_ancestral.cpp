#include "diffusion/euler_ancestral.h"

#include <cmath>
#include <utility>

#include "diffusion/prediction.h"
#include "synood/error.h"

namespace synood {
namespace {

// diffusers' class has neither option: a configuration taken over from another scheduler may carry the words.
SchedulerSpec plain(SchedulerSpec spec) {
  spec.use_karras_sigmas = false;
  spec.final_sigmas_type = "zero";
  return spec;
}

}  // namespace

EulerAncestral::EulerAncestral(const SchedulerSpec& spec, DrawNoise draw)
    : Euler(plain(spec)), draw_(std::move(draw)) {
  expect_word("prediction_type", spec.prediction_type, {"epsilon", "v_prediction"});
  if (!draw_) throw Error(ErrorCode::internal, "Euler ancestral needs a source of noise.");
}

void EulerAncestral::set_custom_timesteps(const std::vector<double>& timesteps) {
  Scheduler::set_custom_timesteps(timesteps);
}

at::Tensor EulerAncestral::step(const at::Tensor& model_output, int64_t index, const at::Tensor& sample) {
  const float from = sigma(index), to = sigma(index + 1);
  const float up = std::sqrt(to * to * (from * from - to * to) / (from * from));
  const float down = std::sqrt(to * to - up * up);
  const auto derivative = (sample - original(model_output, from, sample)) / from;
  return sample + derivative * (down - from) + draw_(sample.sizes()) * up;
}

}  // namespace synood
