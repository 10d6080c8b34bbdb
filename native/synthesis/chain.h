#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <vector>

#include "diffusion/guidance.h"
#include "diffusion/scheduler.h"
#include "synthesis/judge.h"
#include "synthesis/placing.h"
#include "synthesis/slot.h"

namespace synood {

// ERR_CONFIG for a method that is none.
const GradientMethod& checked_method(const GradientMethod& method);

// The way from noise to a clean latent, and how much of it a gradient goes through:
//
//   x_1 = sqrt(abar) z0 + sqrt(1 - abar) eps          at the first time that strength leaves
//   x_i+1 = scheduler(x_i, u + g (c - u) of the denoiser at x_i)
//   z   = x_n+1
//
//   skip       dL/du or dL/dz                    (SynOOD, section 3.2)
//   truncated  dL/dx_(n+1-k): through the last k calls, guidance and scheduler's formula
//   exact      dL/deps: through all calls and the noising
//
// What skip and truncated leave out is taken as the identity, or, with chain_factor, as its linear part: the
// product of the scheduler's coefficients dx_i+1/dx_i at a fixed output of the denoiser, and sqrt(1 - abar).
// Multistep schedulers' earlier outputs are constants to a truncated gradient.
class Chain {
 public:
  Chain(Runtime runtime, UnetModel& unet, const Placing& placing, const SynthesisOptions& options);

  // noise (N, C, h, w), a row a slot. `record`: keep what the method's gradient needs.
  Denoised run(const std::vector<Slot>& slots, const at::Tensor& noise, const GradientMethod& method,
               bool record, const JobControl& control);

  // What the gradient that Judge gives is multiplied with; 1 without chain_factor.
  double factor(const GradientMethod& method) const;

  int64_t calls() const { return calls_; }  // of the denoiser

 private:
  at::Tensor draw(at::IntArrayRef shape);
  UnetAdded added(const std::vector<Slot>& slots) const;  // Stable Diffusion XL's
  void gather_texts(const std::vector<Slot>& slots);

  Runtime runtime_;
  UnetModel& unet_;
  const Placing& placing_;
  SynthesisOptions options_;
  std::unique_ptr<Scheduler> scheduler_;
  int64_t first_ = 0, calls_ = 0;
  // The slots' texts, and the batch of them: the same tensors as long as the slots' are, for what the
  // denoiser keeps of a text to be kept from one iteration to the next.
  std::vector<at::Tensor> texts_;
  at::Tensor prompt_, negative_;
  std::shared_ptr<TextMemory> memory_;
  // Of the run in progress, for schedulers that draw.
  const std::vector<Slot>* slots_ = nullptr;
  uint64_t draws_ = 0;
};

// A batch: a field of the active slots, zeros in the others; undefined when none is active.
template <typename Field>
at::Tensor gather(const std::vector<Slot>& slots, Field field) {
  at::Tensor like;
  for (const auto& slot : slots) {
    if (slot.active()) like = field(slot);
  }
  if (!like.defined()) return {};
  const auto empty = at::zeros_like(like);
  std::vector<at::Tensor> rows;
  for (const auto& slot : slots) rows.push_back(slot.active() ? field(slot) : empty);
  return at::cat(rows);
}

}  // namespace synood
