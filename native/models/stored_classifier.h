#pragma once

#include "models/stored_model.h"

namespace synood {

// What classifiers compute in the same way: a host's images, a batch at a time.
class StoredClassifier : public StoredModel<ClassifierModel> {
 public:
  using StoredModel::StoredModel;

  Tensor logits(const TensorView& pixels, int64_t batch_size, const JobControl& control) override;
  Tensor score_logits(const TensorView& pixels, const PixelTransformSpec& transform, int64_t batch_size,
                      const JobControl& control) override;
  Tensor features(const TensorView& pixels, int64_t batch_size, const JobControl& control) override;

 private:
  void check(const TensorView& pixels) const;
};

}  // namespace synood
