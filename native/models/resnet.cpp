#include "models/resnet_blocks.h"
#include "models/resnet_keys.h"
#include "models/stored_classifier.h"
#include "nn/linear.h"

namespace synood {
namespace {

class ResnetClassifier final : public StoredClassifier {
 public:
  ResnetClassifier(Runtime runtime, const ResnetSpec& spec, const WeightSource& weights)
      : StoredClassifier(runtime, weights),
        spec_(spec),
        backbone_((normalise_resnet_keys(store_), store_.root().sub("resnet")), spec),
        classifier_(store_.root().sub("classifier").sub(1), spec.hidden_sizes.back(), spec.num_labels) {
    store_.finish();
  }

  int64_t num_channels() const override { return spec_.num_channels; }
  int64_t num_labels() const override { return spec_.num_labels; }

  at::Tensor forward(const at::Tensor& pixels, bool train) override {
    return classifier_(pool(pixels, train));
  }
  at::Tensor pooled(const at::Tensor& pixels) override { return pool(pixels, false); }

 private:
  at::Tensor pool(const at::Tensor& pixels, bool train) const {
    return backbone_(in_own_type(pixels), train).mean({2, 3});
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
