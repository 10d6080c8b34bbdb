#include "synthesis/image_logits.h"

#include <cmath>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {
namespace {

at::Tensor normalised(const at::Tensor& rows) { return rows / rows.norm(2, {-1}, /*keepdim=*/true); }

ImageLogits zero_shot(Runtime runtime, const SynthesisOptions& options) {
  const auto clip = std::dynamic_pointer_cast<ClipModel>(options.clip);
  if (!clip || !clip->spec().vision) {
    throw Error(ErrorCode::model_format,
                "Expected a CLIP model with an image tower to score with, got none.");
  }
  expect_shape(options.label_features, {-1, clip->spec().vision->projection_dim},
               "label_features (K, " + std::to_string(clip->spec().vision->projection_dim) + ")");
  const auto labels = normalised(to_device(options.label_features, runtime.device, at::kFloat));
  const double scale = options.logit_scale > 0 ? options.logit_scale : clip->logit_scale();
  const auto call = [runtime, clip, labels, scale, transform = options.transform](const at::Tensor& image) {
    const auto features = clip->image_features(transform_pixels(image, transform).to(runtime.dtype));
    return at::matmul(normalised(features.to(at::kFloat)), labels.t()) * scale;
  };
  return {call, labels.size(0), scale};
}

}  // namespace

ImageLogits image_logits(Runtime runtime, const std::shared_ptr<ClassifierModel>& classifier,
                         const SynthesisOptions& options) {
  if (options.clip) return zero_shot(runtime, options);
  if (!classifier) {
    throw Error(ErrorCode::value,
                "Expected a classifier, or CLIP and label features, to score with: got neither.");
  }
  const auto call = [runtime, classifier, transform = options.transform](const at::Tensor& image) {
    return classifier->forward(transform_pixels(image, transform).to(runtime.dtype));
  };
  return {call, classifier->num_labels()};
}

}  // namespace synood
