#include "detection/placeholder.h"

#include "synood/error.h"

namespace synood {

namespace {

constexpr auto kTable = "text_model.embeddings.token_embedding.weight";

at::Tensor table_of(ClipModel& clip) {
  for (const auto& [name, tensor] : clip.store().parameters())
    if (name == kTable) return tensor;
  throw Error(ErrorCode::value, "This CLIP model has no text tower; load a folder that has one.");
}

// Gives the row back whatever happens.
class LentRow {
 public:
  explicit LentRow(const at::Tensor& row) : row_(row), own_(row.clone()) {}
  ~LentRow() { row_.copy_(own_); }
  LentRow(const LentRow&) = delete;
  LentRow& operator=(const LentRow&) = delete;

 private:
  at::Tensor row_, own_;
};

}  // namespace

at::Tensor placeholder_states(ClipModel& clip, const at::Tensor& ids, int64_t token,
                              const at::Tensor& embeddings, const JobControl& control) {
  at::NoGradGuard no_grad;
  const auto table = table_of(clip);
  if (token < 0 || token >= table.size(0) || !ids.eq(token).any().item<bool>())
    throw Error(ErrorCode::value, "Expected a token that the prompt has, got " + std::to_string(token) + ".");
  if (embeddings.size(1) != table.size(1))
    throw Error(ErrorCode::shape, "Expected embeddings of " + std::to_string(table.size(1)) +
                                      " numbers, got " + std::to_string(embeddings.size(1)) + ".");
  const auto row = table[token];
  const LentRow lent(row);
  std::vector<at::Tensor> states;
  for (int64_t i = 0; i < embeddings.size(0); ++i) {
    control.check();
    row.copy_(embeddings[i]);
    states.push_back(clip.hidden_states(ids));
  }
  return at::cat(states);
}

}  // namespace synood
