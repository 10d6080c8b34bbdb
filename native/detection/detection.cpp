#include "detection/detection.h"

#include "detection/neg_label.h"
#include "detection/neg_mining.h"
#include "detection/odin.h"
#include "detection/operations.h"
#include "detection/placeholder.h"
#include "detection/row_blocks.h"
#include "engine/convert.h"
#include "models/batching.h"
#include "nn/feature_projection.h"
#include "synood/error.h"

namespace synood {

namespace {

constexpr int64_t kOperationRows = 64;

class LibTorchDetection : public Detection {
 public:
  // Scores are compared with a threshold, so they are computed in float32 whatever the models' precision.
  explicit LibTorchDetection(Runtime runtime) : device_(runtime.device) {}

  Tensor neg_label_score(const TensorView& features, const TensorView& positives, const TensorView& negatives,
                         const NegLabelOptions& options, const JobControl& control) override {
    at::NoGradGuard no_grad;
    const auto rows = unit_rows(features, "features (N, D)");
    const auto width = rows.size(1);
    const auto positive = unit_rows(positives, "positives (C, D)", width);
    const auto negative = unit_rows(negatives, "negatives (M, D)", width);
    if (options.groups < 1 || negative.size(0) < options.groups)
      throw Error(ErrorCode::value, "Expected between 1 group and as many as there are negatives (" +
                                        std::to_string(negative.size(0)) + "), got " +
                                        std::to_string(options.groups) + ".");
    if (!(options.temperature > 0)) throw Error(ErrorCode::value, "Expected a temperature above 0.");
    return to_host(
        synood::neg_label_score(rows, positive, negative, options.groups, options.temperature, control));
  }

  Tensor candidate_distances(const TensorView& candidates, const TensorView& positives, double quantile,
                             const JobControl& control) override {
    at::NoGradGuard no_grad;
    if (!(quantile >= 0 && quantile <= 1)) throw Error(ErrorCode::value, "Expected a quantile in [0, 1].");
    const auto rows = unit_rows(candidates, "candidates (M, D)");
    const auto positive = unit_rows(positives, "positives (C, D)", rows.size(1));
    return to_host(synood::candidate_distances(rows, positive, quantile, control));
  }

  Tensor cosines(const TensorView& rows, const TensorView& columns) override {
    at::NoGradGuard no_grad;
    const auto left = unit_rows(rows, "rows (N, D)");
    const auto right = unit_rows(columns, "columns (M, D)", left.size(1)).t().contiguous();
    return to_host(
        map_rows(left, kOperationRows, [&](const at::Tensor& part) { return at::matmul(part, right); }));
  }

  Tensor project(const TensorView& features, const TensorView& weight, const TensorView& bias,
                 const TensorView& norm_weight, const TensorView& norm_bias) override {
    at::NoGradGuard no_grad;
    const auto rows = matrix(features, "features (N, D)");
    const auto width = rows.size(1);
    expect_shape(weight, {width, width}, "weight (D, D) with D " + std::to_string(width));
    for (const auto* vector : {&bias, &norm_weight, &norm_bias})
      expect_shape(*vector, {width}, "bias, norm_weight and norm_bias (D) with D " + std::to_string(width));
    const auto copy = [&](const TensorView& view) { return to_device(view, device_, at::kFloat); };
    const FeatureProjection layer{copy(weight), copy(bias), copy(norm_weight), copy(norm_bias)};
    return to_host(map_rows(rows, kOperationRows, layer));
  }

  std::vector<NamedTensor> compute(const DetectionCall& call, const JobControl& control) override {
    at::NoGradGuard no_grad;
    std::vector<NamedTensor> results;
    for (const auto& [name, tensor] : detection_operation(call.operation)(Arguments(call, device_), control))
      results.push_back({name, to_host(tensor)});
    return results;
  }

  Tensor odin_logits(Classifier& classifier, const TensorView& pixels, const OdinOptions& options,
                     int64_t batch_size, const JobControl& control) override {
    auto& model = dynamic_cast<ClassifierModel&>(classifier);
    if (!(options.temperature > 0)) throw Error(ErrorCode::value, "Expected a temperature above 0.");
    expect_shape(pixels, {-1, -1, -1, -1}, "pixels (N, C, H, W)");
    return in_batches(
        pixels, model.runtime(), {batch_size, true, "odin"}, control,
        [&](const at::Tensor& batch) { return model.forward(odin_perturbation(model, batch, options)); });
  }

  Tensor placeholder_states(Clip& clip, const TensorView& ids, int64_t token, const TensorView& embeddings,
                            const JobControl& control) override {
    expect_shape(ids, {1, -1}, "ids (1, L)");
    expect_type(ids, ElementType::i64, "ids of int64");
    return to_host(synood::placeholder_states(dynamic_cast<ClipModel&>(clip), borrow(ids), token,
                                              matrix(embeddings, "embeddings (M, W)"), control));
  }

 private:
  at::Tensor matrix(const TensorView& view, const std::string& what, int64_t width = -1) const {
    expect_shape(view, {-1, width}, what + (width < 0 ? "" : " with D " + std::to_string(width)));
    if (view.shape[0] < 1 || view.shape[1] < 1)
      throw Error(ErrorCode::shape, "Expected " + what + " with at least one row.");
    return to_device(view, device_, at::kFloat);
  }

  at::Tensor unit_rows(const TensorView& view, const std::string& what, int64_t width = -1) const {
    return normalise(matrix(view, what, width));
  }

  at::Device device_;
};

}  // namespace

std::shared_ptr<Detection> create_detection(Runtime runtime) {
  return std::make_shared<LibTorchDetection>(runtime);
}

}  // namespace synood
