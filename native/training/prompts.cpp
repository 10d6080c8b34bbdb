// LSN (Nie et al., 2024): contexts of learned token embeddings before each class's name, read by the frozen
// text tower (as CoOp, Zhou et al., 2022, class token last). With image features z and class features t_c,
// n_mc of unit length:
//
//   positive   one context that all classes share:  loss = CE(100 <z, t_c>, y)
//   negative   `contexts` ones for each class:
//              loss = sum_m [CE(20 (1 - <z, n_mc>), y) + mean_c mean_{k != m} <n_mc, n_kc>]
//
// where the other contexts' n_kc are constants. double_softmax: the cross-entropy of probabilities, as the
// authors' code takes it.

#include "engine/convert.h"
#include "engine/random.h"
#include "nn/normalise.h"
#include "synood/error.h"
#include "training/loop.h"
#include "training/text_branch.h"
#include "training/training.h"

namespace synood {

namespace {

constexpr double kPositiveScale = 100, kNegativeScale = 20;

at::Tensor initial_contexts(const ClipText& text, int64_t classes, const PromptSpec& spec, uint64_t seed) {
  const auto of_classes = spec.side == "negative" ? classes : 1;
  return SampleRandom(seed)
      .normal({spec.contexts, of_classes, spec.length, text.spec.hidden_size})
      .mul_(0.02)
      .to(text.token_embedding.weight.device());
}

class PromptTrainer : public TrainingLoop {
 public:
  PromptTrainer(Runtime runtime, std::unique_ptr<TextBranch> branch, const at::Tensor& contexts,
                const at::Tensor& ids, const PromptSpec& spec, const TrainerOptions& options)
      : TrainingLoop(runtime, {{"contexts", contexts}}, {}, options),
        branch_(std::move(branch)),
        negative_(spec.side == "negative"),
        contexts_(contexts),
        ids_(ids) {
    const at::NoGradGuard no_grad;
    tokens_ = branch_->text().token_embedding(ids);
  }

  std::vector<NamedTensor> result() override {
    auto tensors = TrainingLoop::result();
    const at::NoGradGuard no_grad;
    const auto contexts = outcome().front().second;
    tensors.push_back({"features", to_host(features(contexts))});
    return tensors;
  }

 private:
  std::vector<Field> fields() const override {
    return {{Field::Kind::real, "features", 2}, {Field::Kind::integer, "labels", 1}};
  }

  void check(const DataPool& pool) const override {
    pool.expect_sizes("features", {-1, branch_->text().spec.projection_dim});
    pool.expect_below("labels", ids_.size(0));
  }

  // contexts (M, C or 1, length, hidden) -> (M, C, D)
  at::Tensor features(const at::Tensor& contexts) const {
    const auto& text = branch_->text();
    const auto sets = contexts.size(0), classes = ids_.size(0), length = contexts.size(2);
    const auto around = [&](int64_t start, int64_t count) {
      return tokens_.narrow(1, start, count).unsqueeze(0).expand({sets, -1, -1, -1});
    };
    const auto after = 1 + length;
    const auto embedded =
        at::cat({around(0, 1), contexts.expand({sets, classes, -1, -1}), around(after, ids_.size(1) - after)},
                2) +
        text.position_embedding.weight.narrow(0, 0, ids_.size(1));
    const auto found = text.features_of(embedded.flatten(0, 1), ids_.repeat({sets, 1}));
    return normalise(found).unflatten(0, {sets, classes});
  }

  at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels) const {
    return at::cross_entropy_loss(options_.double_softmax ? at::softmax(logits, 1) : logits, labels);
  }

  Objective objective(const Batch& batch) override {
    const auto images = normalise(batch.gather("features")), labels = batch.gather("labels");
    const auto texts = features(contexts_);
    const auto cosines = at::matmul(images, texts.transpose(1, 2));  // (M, B, C)
    if (!negative_) {
      const auto logits = kPositiveScale * cosines[0];
      return {cross_entropy(logits, labels), top_1_accuracy(logits, labels)};
    }
    const auto sets = texts.size(0);
    auto loss = at::zeros({}, images.options());
    for (int64_t m = 0; m < sets; ++m) {
      loss = loss + cross_entropy(kNegativeScale * (1 - cosines[m]), labels);
      for (int64_t k = 0; k < sets; ++k)
        if (k != m)
          loss = loss + (texts[m] * texts[k].detach()).sum(1).mean() / static_cast<double>(sets - 1);
    }
    return {loss, top_1_accuracy((1 - cosines).mean(0), labels)};
  }

  std::unique_ptr<TextBranch> branch_;
  bool negative_;
  at::Tensor contexts_;  // (M, C or 1, length, hidden)
  at::Tensor ids_;       // (C, L)
  at::Tensor tokens_;    // (C, L, hidden)
};

void check_spec(const PromptSpec& spec, const TensorView& ids) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorCode::value, what); };
  if (spec.side != "positive" && spec.side != "negative")
    refuse("Expected contexts of the side positive or negative, got '" + spec.side + "'.");
  if (spec.side == "positive" && spec.contexts != 1)
    refuse("Expected one positive context, got " + std::to_string(spec.contexts) + ".");
  if (spec.contexts < 1 || spec.length < 1) refuse("Expected at least one context of at least one token.");
  if (ids.shape[0] < 2) refuse("Expected at least 2 classes, got " + std::to_string(ids.shape[0]) + ".");
  if (ids.shape[1] < spec.length + 3)
    refuse("Expected texts of a start, " + std::to_string(spec.length) +
           " places of context, a class and an end, got " + std::to_string(ids.shape[1]) + " tokens.");
}

}  // namespace

std::shared_ptr<Trainer> create_prompt_trainer(std::shared_ptr<ClipModel> clip, const TensorView& ids,
                                               const PromptSpec& spec, const TrainerOptions& options) {
  expect_shape(ids, {-1, -1}, "ids (C, L)");
  expect_type(ids, ElementType::i64, "ids (C, L) of int64");
  check_spec(spec, ids);
  auto branch = std::make_unique<TextBranch>(*clip, TextBranch::Values::shared);
  const auto& text = branch->text().spec;
  const auto own = borrow(ids).clone();
  if (ids.shape[1] > text.max_position_embeddings || own.min().item<int64_t>() < 0 ||
      own.max().item<int64_t>() >= text.vocab_size)
    throw Error(ErrorCode::value, "Expected texts of at most " +
                                      std::to_string(text.max_position_embeddings) + " tokens below " +
                                      std::to_string(text.vocab_size) + ".");
  const auto runtime = clip->runtime();
  const auto contexts = initial_contexts(branch->text(), ids.shape[0], spec, options.seed);
  return std::make_shared<PromptTrainer>(runtime, std::move(branch), contexts, own.to(runtime.device), spec,
                                         options);
}

}  // namespace synood
