#include "detection/odin.h"

#include "synood/error.h"

namespace synood {

at::Tensor odin_perturbation(ClassifierModel& classifier, const at::Tensor& pixels,
                             const OdinOptions& options) {
  if (static_cast<int64_t>(options.std.size()) != pixels.size(1))
    throw Error(ErrorCode::shape, "Expected a standard deviation for each of " +
                                      std::to_string(pixels.size(1)) + " channels, got " +
                                      std::to_string(options.std.size()) + ".");
  at::AutoGradMode gradients(true);
  const auto input = pixels.detach().requires_grad_();
  const auto logits = classifier.forward(input) / options.temperature;
  // One loss for each image: the sum's gradient is that of each for itself.
  const auto loss = at::cross_entropy_loss(logits, logits.argmax(1), {}, at::Reduction::Sum);
  const auto gradient = torch::autograd::grad({loss}, {input})[0];
  at::NoGradGuard no_grad;
  const auto sign = at::where(gradient >= 0, at::ones_like(gradient), -at::ones_like(gradient));
  const auto deviations = at::tensor(options.std, at::kDouble).to(pixels.options()).view({1, -1, 1, 1});
  return pixels - options.epsilon * sign / deviations;
}

}  // namespace synood
