// CLIPN (Wang et al., 2023): a second text branch learns to say "no". Of a batch of B image-caption pairs,
// with the frozen CLIP's image and text features i, t, the new branch's text features n, all of unit length:
//
//   yes_ab = s <i_a, t_b>;   no_ab = s <i_a, n_b>;   p = softmax over (yes_ab, no_ab)
//   L_yes = mean_a -log p_yes(a, a);   L_no = mean_{a != b} -log p_no(a, b)
//   L_tso = mean_b (2 - sqrt(2 - 2 <t_b, n_b> + 1e-4))
//   loss  = (L_yes + L_no + L_tso) / 2
//
// The branch begins as a copy of the text tower. To the embeddings of each caption it adds one of 16 learned
// prompts (positions, hidden), zeros at the start, or their mean: a number drawn from 0..16. Afterwards the
// mean is what counts, and since it is added to the position embedding, the branch is then a plain CLIP text
// tower.

#include "nn/normalise.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/text_branch.h"
#include "training/training.h"

namespace synood {

namespace {

constexpr int64_t kPrompts = 16;
const std::string kPositions = "text_model.embeddings.position_embedding.weight";

NamedTensors with_prompts(const NamedTensors& parameters, const at::Tensor& prompts) {
  auto all = parameters;
  all.emplace_back("prompts", prompts);
  return all;
}

at::Tensor no_prompts(const ClipText& text) {
  return at::zeros({kPrompts, text.spec.max_position_embeddings, text.spec.hidden_size},
                   text.position_embedding.weight.options());
}

class ClipnTrainer : public TrainingLoop {
 public:
  ClipnTrainer(std::shared_ptr<ClipModel> clip, std::unique_ptr<TextBranch> branch, const at::Tensor& prompts,
               const TrainerOptions& options)
      : TrainingLoop(clip->runtime(), with_prompts(branch->store().parameters(), prompts), {}, options),
        clip_(std::move(clip)),
        branch_(std::move(branch)),
        prompts_(prompts) {}

  std::vector<NamedTensor> result() override {
    auto tensors = TrainingLoop::result();
    const auto of = [&](const std::string& name) -> Tensor& {
      for (auto& [own, tensor] : tensors)
        if (own == name) return tensor;
      throw Error(ErrorCode::internal, "CLIPN's branch has no " + name + ".");
    };
    auto& positions = of(kPositions).data;
    const auto& prompts = of("prompts").data;
    for (size_t i = 0; i < positions.size(); ++i) {
      double sum = 0;
      for (int64_t m = 0; m < kPrompts; ++m) sum += prompts[static_cast<size_t>(m) * positions.size() + i];
      positions[i] += static_cast<float>(sum / kPrompts);
    }
    return tensors;
  }

 private:
  std::vector<Field> fields() const override {
    using enum Field::Kind;
    return {{real, "pixels", 4, /*required=*/false},
            {real, "features", 2, /*required=*/false},
            {integer, "ids", 2},
            {integer, "prompts", 2, /*required=*/false, /*per_step=*/true}};
  }

  void check(const DataPool& pool) const override {
    if (pool.has("pixels") == pool.has("features"))
      throw Error(ErrorCode::value, "Expected either pixels or the images' features (N, D) among the data.");
    if (pool.has("features")) pool.expect_sizes("features", {-1, branch_->text().spec.projection_dim});
    if (pool.has("pixels")) {
      const auto& vision = *clip_->spec().vision;
      pool.expect_sizes("pixels", {-1, vision.num_channels, vision.image_size, vision.image_size});
    }
    pool.expect_below("ids", branch_->text().spec.vocab_size);
    if (pool.at("ids").size(1) > branch_->text().spec.max_position_embeddings)
      throw Error(ErrorCode::shape, "Expected captions of at most " +
                                        std::to_string(branch_->text().spec.max_position_embeddings) +
                                        " tokens, got " + std::to_string(pool.at("ids").size(1)) + ".");
    if (pool.has("prompts")) pool.expect_below("prompts", kPrompts + 1);
    if (pool.batch_size() / options_.accumulation < 2)
      throw Error(ErrorCode::shape, "CLIPN compares pairs: expected at least 2 samples at once.");
  }

  at::Tensor drawn_prompts(const Batch& batch) const {
    if (batch.has("prompts")) return batch.given("prompts");
    auto chosen = at::empty({batch.size()}, at::kLong);
    for (int64_t place = 0; place < batch.size(); ++place)
      chosen[place] = batch.random(place).integer(kPrompts + 1);
    return chosen.to(prompts_.device());
  }

  Objective objective(const Batch& batch) override {
    const auto ids = batch.gather("ids");
    at::Tensor images, yes_texts, scale;
    {
      const at::NoGradGuard frozen;
      images = normalise(batch.has("features") ? batch.gather("features")
                                               : clip_->image_features(batch.pixels("pixels", options_)));
      yes_texts = normalise(clip_->text_features(ids));
      scale = clip_->logit_scale_parameter().exp();
    }
    const auto choices = at::cat({prompts_, prompts_.mean(0, /*keepdim=*/true)});
    const auto added = choices.index_select(0, drawn_prompts(batch)).narrow(1, 0, ids.size(1));
    const auto& text = branch_->text();
    const auto no_texts = normalise(text.features_of(text.embedded(ids) + added, ids));

    const auto difference = scale * at::matmul(images, (yes_texts - no_texts).t());  // yes - no
    const auto count = batch.size();
    const auto same = at::eye(count, difference.options());
    const auto yes = (at::softplus(-difference) * same).sum() / count;
    const auto no = (at::softplus(difference) * (1 - same)).sum() / (count * (count - 1));
    const auto apart = 2 - (2 - 2 * (yes_texts * no_texts).sum(1) + 1e-4).sqrt();
    return {0.5 * (yes + no + apart.mean()), balanced_accuracy(difference.detach(), same)};
  }

  // Pairs that belong together and pairs that do not count half each.
  static at::Tensor balanced_accuracy(const at::Tensor& difference, const at::Tensor& same) {
    const auto said_yes = difference.gt(0).to(at::kFloat), other = 1 - same;
    return ((said_yes * same).sum() / same.sum() + ((1 - said_yes) * other).sum() / other.sum()) / 2;
  }

  std::shared_ptr<ClipModel> clip_;
  std::unique_ptr<TextBranch> branch_;
  at::Tensor prompts_;  // (16, positions, hidden)
};

}  // namespace

std::shared_ptr<Trainer> create_clipn_trainer(std::shared_ptr<ClipModel> clip,
                                              const TrainerOptions& options) {
  if (!clip->spec().vision) throw Error(ErrorCode::value, "CLIPN needs a CLIP model with both towers.");
  auto branch = std::make_unique<TextBranch>(*clip, TextBranch::Values::copied);
  const auto prompts = no_prompts(branch->text());
  return std::make_shared<ClipnTrainer>(std::move(clip), std::move(branch), prompts, options);
}

}  // namespace synood
