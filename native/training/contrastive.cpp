// CLIP's objective (Radford et al., 2021): symmetric InfoNCE over a batch of B image-caption pairs,
//
//   logits = exp(s) normalise(image) normalise(text)^T       (B, B)
//   loss   = (CE(logits, 0..B-1) + CE(logits^T, 0..B-1)) / 2
//
// with the learned s kept in [0, ln 100], as OpenCLIP keeps it.

#include <cmath>

#include "nn/normalise.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/training.h"

namespace synood {

namespace {

class ContrastiveTrainer : public TrainingLoop {
 public:
  ContrastiveTrainer(std::shared_ptr<ClipModel> clip, const TrainerOptions& options)
      : TrainingLoop(clip->runtime(), clip->store().parameters(), clip->store().buffers(), options),
        clip_(std::move(clip)) {
    if (!clip_->spec().text || !clip_->spec().vision)
      throw Error(ErrorCode::value, "Contrastive training needs a CLIP model with both towers.");
  }

 private:
  std::vector<Field> fields() const override {
    using enum Field::Kind;
    return {{real, "pixels", 4},
            {integer, "ids", 2, /*required=*/false},
            {integer, "captions", 3, /*required=*/false},
            {integer, "caption_counts", 1, /*required=*/false}};
  }

  void check(const DataPool& pool) const override {
    const auto& vision = *clip_->spec().vision;
    pool.expect_sizes("pixels", {-1, vision.num_channels, vision.image_size, vision.image_size});
    if (pool.has("ids") == pool.has("captions"))
      throw Error(ErrorCode::value, "Expected either ids (N, L) or captions (N, M, L) among the data.");
    const auto name = pool.has("ids") ? "ids" : "captions";
    pool.expect_below(name, clip_->spec().text->vocab_size);
    if (pool.has("caption_counts") && pool.has("captions"))
      pool.expect_between("caption_counts", 1, pool.at("captions").size(1) + 1);
  }

  Objective objective(const Batch& batch) override {
    const auto ids =
        batch.has("captions") ? batch.caption("captions", "caption_counts") : batch.gather("ids");
    const auto images = normalise(clip_->image_features(batch.pixels("pixels", options_)));
    const auto texts = normalise(clip_->text_features(ids));
    const auto logits = clip_->logit_scale_parameter().exp() * at::matmul(images, texts.t());
    const auto pairs = at::arange(batch.size(), at::TensorOptions().device(logits.device()).dtype(at::kLong));
    return {(at::cross_entropy_loss(logits, pairs) + at::cross_entropy_loss(logits.t(), pairs)) / 2,
            top_1_accuracy(logits, pairs)};
  }

  void after_update() override { clip_->logit_scale_parameter().clamp_(0, std::log(100.0)); }

  std::shared_ptr<ClipModel> clip_;
};

}  // namespace

std::shared_ptr<Trainer> create_contrastive_trainer(std::shared_ptr<ClipModel> clip,
                                                    const TrainerOptions& options) {
  return std::make_shared<ContrastiveTrainer>(std::move(clip), options);
}

}  // namespace synood
