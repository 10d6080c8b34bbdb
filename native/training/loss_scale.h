#pragma once

#include <ATen/ATen.h>

#include "training/optimizer.h"

namespace synood {

// Loss scaling (Micikevicius et al., 2018) with the rules of torch.amp.GradScaler: float16 gradients would
// vanish below 6e-8, so the loss is multiplied by a scale and gradients are divided by it. An update whose
// gradients overflow is left out and halves the scale; 2,000 good ones in a row double it.
class LossScale {
 public:
  explicit LossScale(bool active) : active_(active) {}

  bool active() const { return active_; }
  double value() const { return active_ ? scale_.item<double>() : 1; }
  void succeeded();
  void overflowed();

  // "loss_scale.value" and "loss_scale.streak", the tensors themselves; nothing when inactive
  NamedTensors state() const;

 private:
  bool active_;
  at::Tensor scale_ = at::full({}, 65536.0, at::kFloat), streak_ = at::zeros({}, at::kFloat);
};

}  // namespace synood
