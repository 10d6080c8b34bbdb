#include "engine/convert.h"
#include "models/batching.h"
#include "models/checks.h"
#include "models/resnet_blocks.h"
#include "models/resnet_keys.h"
#include "models/stored_model.h"
#include "nn/linear.h"

namespace synood {
namespace {

class ResnetClassifier final : public StoredModel<ClassifierModel> {
 public:
  ResnetClassifier(Runtime runtime, const ResnetSpec& spec, const WeightSource& weights)
      : StoredModel(runtime, weights),
        spec_(spec),
        backbone_((normalise_resnet_keys(store_), store_.root().sub("resnet")), spec),
        classifier_(store_.root().sub("classifier").sub(1), spec.hidden_sizes.back(), spec.num_labels) {
    store_.finish();
  }

  const ResnetSpec& spec() const override { return spec_; }

  at::Tensor forward(const at::Tensor& pixels, bool train) override {
    return classifier_(pool(pixels, train));
  }
  at::Tensor pooled(const at::Tensor& pixels) override { return pool(pixels, false); }

  Tensor logits(const TensorView& pixels, int64_t batch_size, const JobControl& control) override {
    check(pixels);
    return in_batches(pixels, runtime_, {batch_size, true, "logits"}, control,
                      [this](const at::Tensor& batch) { return forward(batch, false); });
  }

  Tensor score_logits(const TensorView& pixels, const PixelTransformSpec& transform, int64_t batch_size,
                      const JobControl& control) override {
    check(pixels);
    return in_batches(pixels, runtime_, {batch_size, true, "logits"}, control, [&](const at::Tensor& batch) {
      return forward(transform_pixels(batch, transform), false);
    });
  }

  Tensor features(const TensorView& pixels, int64_t batch_size, const JobControl& control) override {
    check(pixels);
    return in_batches(pixels, runtime_, {batch_size, true, "features"}, control,
                      [this](const at::Tensor& batch) { return pooled(batch); });
  }

 private:
  at::Tensor pool(const at::Tensor& pixels, bool train) const {
    return backbone_(in_own_type(pixels), train).mean({2, 3});
  }

  void check(const TensorView& pixels) const {
    const auto what = "pixels (N, " + std::to_string(spec_.num_channels) + ", H, W)";
    expect_shape(pixels, {-1, spec_.num_channels, -1, -1}, what);
    expect_floating(pixels, what);
  }

  ResnetSpec spec_;
  ResnetBackbone backbone_;
  Linear classifier_;
};

}  // namespace

std::shared_ptr<ClassifierModel> load_classifier(Runtime runtime, const ResnetSpec& spec,
                                                 const WeightSource& weights) {
  return std::make_shared<ResnetClassifier>(runtime, spec, weights);
}

}  // namespace synood
