#include <cmath>
#include <optional>

#include "engine/convert.h"
#include "models/batching.h"
#include "models/checks.h"
#include "models/clip_keys.h"
#include "models/clip_text.h"
#include "models/clip_vision.h"
#include "models/stored_model.h"
#include "synood/error.h"

namespace synood {
namespace {

class ClipTowers final : public StoredModel<ClipModel> {
 public:
  ClipTowers(Runtime runtime, const ClipSpec& spec, const WeightSource& weights)
      : StoredModel(runtime, weights), spec_(spec) {
    expect_spec(spec.text || spec.vision, "a text tower, a vision tower or both");
    expect_spec(!spec.text || !spec.vision || spec.text->projection_dim == spec.vision->projection_dim,
                "the same projection_dim for both towers");
    normalise_clip_keys(store_, spec);
    const auto root = store_.root();
    if (spec.text) text_.emplace(root, *spec.text);
    if (spec.vision) vision_.emplace(root, *spec.vision);
    const auto scale = Init::constant(spec.logit_scale_init);
    logit_scale_ =
        spec.text && spec.vision
            ? root.take_float("logit_scale", {}, scale)
            : at::full({}, scale.scale, at::TensorOptions().device(runtime.device).dtype(at::kFloat));
    store_.finish();
  }

  const ClipSpec& spec() const override { return spec_; }

  at::Tensor image_features(const at::Tensor& pixels) override {
    return vision().features(in_own_type(pixels));
  }
  at::Tensor text_features(const at::Tensor& ids) override {
    return text().features(ids.to(runtime_.device));
  }
  at::Tensor hidden_states(const at::Tensor& ids) override {
    return text().hidden_states(ids.to(runtime_.device));
  }
  at::Tensor penultimate_states(const at::Tensor& ids) override {
    return text().penultimate_states(ids.to(runtime_.device));
  }
  at::Tensor logit_scale_parameter() override { return logit_scale_; }

  Tensor encode_images(const TensorView& pixels, int64_t batch_size, bool pad,
                       const JobControl& control) override {
    const auto& spec = vision().spec;
    const auto side = std::to_string(spec.image_size);
    const auto what = "pixels (N, " + std::to_string(spec.num_channels) + ", " + side + ", " + side + ")";
    expect_shape(pixels, {-1, spec.num_channels, spec.image_size, spec.image_size}, what);
    expect_floating(pixels, what);
    return in_batches(pixels, runtime_, {batch_size, pad, "encode_images"}, control,
                      [this](const at::Tensor& batch) { return image_features(batch); });
  }

  Tensor encode_text(const TensorView& ids, int64_t batch_size, bool pad,
                     const JobControl& control) override {
    expect_ids(ids, text().spec.vocab_size, text().spec.max_position_embeddings);
    return in_batches(ids, runtime_, {batch_size, pad, "encode_text"}, control,
                      [this](const at::Tensor& batch) { return text_features(batch); });
  }

  Tensor text_hidden_states(const TensorView& ids) override {
    expect_ids(ids, text().spec.vocab_size, text().spec.max_position_embeddings);
    const at::NoGradGuard no_grad;
    return to_host(hidden_states(borrow(ids)));
  }

  Tensor text_penultimate_states(const TensorView& ids) override {
    expect_ids(ids, text().spec.vocab_size, text().spec.max_position_embeddings);
    const at::NoGradGuard no_grad;
    return to_host(penultimate_states(borrow(ids)));
  }

  double logit_scale() const override { return std::exp(logit_scale_.item<double>()); }

 private:
  const ClipText& text() const {
    if (!text_)
      throw Error(ErrorCode::value, "This CLIP model has no text tower; load a folder that has one.");
    return *text_;
  }
  const ClipVision& vision() const {
    if (!vision_)
      throw Error(ErrorCode::value, "This CLIP model has no vision tower; load a folder that has one.");
    return *vision_;
  }

  ClipSpec spec_;
  std::optional<ClipText> text_;
  std::optional<ClipVision> vision_;
  at::Tensor logit_scale_;
};

}  // namespace

std::shared_ptr<ClipModel> load_clip(Runtime runtime, const ClipSpec& spec, const WeightSource& weights) {
  return std::make_shared<ClipTowers>(runtime, spec, weights);
}

}  // namespace synood
