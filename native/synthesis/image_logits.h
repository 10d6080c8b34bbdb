#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <limits>
#include <memory>

#include "engine/runtime.h"
#include "models/models.h"
#include "synood/synthesis.h"

namespace synood {

// What scores an image: the logits of a classifier, or CLIP's zero-shot ones over K labels,
//   logit_scale * cos(image_features(transform(image)), label_k).
struct ImageLogits {
  std::function<at::Tensor(const at::Tensor& image)>
      call;  // (N, 3, H, W) in [0, 1] -> (N, K), differentiable
  int64_t classes = 0;
  double limit = std::numeric_limits<double>::infinity();  // |logit| is at most this
};

// options.clip and options.label_features where they are given, else the classifier.
ImageLogits image_logits(Runtime runtime, const std::shared_ptr<ClassifierModel>& classifier,
                         const SynthesisOptions& options);

}  // namespace synood
