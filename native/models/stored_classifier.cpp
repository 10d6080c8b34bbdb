#include "models/stored_classifier.h"

#include <string>

#include "engine/convert.h"
#include "models/batching.h"
#include "models/checks.h"

namespace synood {

Tensor StoredClassifier::logits(const TensorView& pixels, int64_t batch_size, const JobControl& control) {
  check(pixels);
  return in_batches(pixels, runtime_, {batch_size, true, "logits"}, control,
                    [this](const at::Tensor& batch) { return forward(batch, false); });
}

Tensor StoredClassifier::score_logits(const TensorView& pixels, const PixelTransformSpec& transform,
                                      int64_t batch_size, const JobControl& control) {
  check(pixels);
  return in_batches(pixels, runtime_, {batch_size, true, "logits"}, control, [&](const at::Tensor& batch) {
    return forward(transform_pixels(batch, transform), false);
  });
}

Tensor StoredClassifier::features(const TensorView& pixels, int64_t batch_size, const JobControl& control) {
  check(pixels);
  return in_batches(pixels, runtime_, {batch_size, true, "features"}, control,
                    [this](const at::Tensor& batch) { return pooled(batch); });
}

void StoredClassifier::check(const TensorView& pixels) const {
  const auto what = "pixels (N, " + std::to_string(num_channels()) + ", H, W)";
  expect_shape(pixels, {-1, num_channels(), -1, -1}, what);
  expect_floating(pixels, what);
}

}  // namespace synood
