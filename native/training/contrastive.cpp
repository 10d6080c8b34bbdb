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
    return {{Field::Kind::real, "pixels", 4}, {Field::Kind::integer, "ids", 2}};
  }

  void check(const DataPool& pool) const override {
    const auto& vision = *clip_->spec().vision;
    pool.expect_sizes("pixels", {-1, vision.num_channels, vision.image_size, vision.image_size});
    pool.expect_below("ids", clip_->spec().text->vocab_size);
  }

  at::Tensor loss(const Batch& batch) override {
    const auto images = normalise(clip_->image_features(batch.pixels("pixels", options_.mean, options_.std)));
    const auto texts = normalise(clip_->text_features(batch.gather("ids")));
    const auto logits = clip_->logit_scale_parameter().exp() * at::matmul(images, texts.t());
    const auto pairs = at::arange(batch.size(), at::TensorOptions().device(logits.device()).dtype(at::kLong));
    return (at::cross_entropy_loss(logits, pairs) + at::cross_entropy_loss(logits.t(), pairs)) / 2;
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
