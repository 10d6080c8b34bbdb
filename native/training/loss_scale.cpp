#include "training/loss_scale.h"

namespace synood {

namespace {
constexpr float kGrowthInterval = 2000;
}

void LossScale::succeeded() {
  if (!active_) return;
  streak_.add_(1);
  if (streak_.item<float>() < kGrowthInterval) return;
  scale_.mul_(2);
  streak_.zero_();
}

void LossScale::overflowed() {
  scale_.mul_(0.5);
  streak_.zero_();
}

NamedTensors LossScale::state() const {
  if (!active_) return {};
  return {{"loss_scale.value", scale_}, {"loss_scale.streak", streak_}};
}

}  // namespace synood
