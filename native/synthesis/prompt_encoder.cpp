#include "synthesis/prompt_encoder.h"

#include "engine/convert.h"
#include "synthesis/batch_of_one.h"

namespace synood {
namespace {

void append(std::vector<int64_t>& key, const TensorView& ids) {
  if (ids.empty()) return;
  expect_type(ids, ElementType::i64, "negative prompt ids as int64");
  const auto borrowed = borrow(ids);
  const auto* begin = borrowed.const_data_ptr<int64_t>();
  key.insert(key.end(), begin, begin + borrowed.numel());
}

}  // namespace

PooledPrompt PromptEncoder::encode(const TensorView& ids, const TensorView& ids_2, const TensorView& embeds,
                                   const TensorView& pooled, const std::string& what) const {
  if (unet_.addition_embed_type.empty()) {
    return {encode_prompt(text_encoder_, runtime_, batch_of_one(ids), batch_of_one(embeds), unet_, what), {}};
  }
  return encode_pooled_prompt(text_encoder_, text_encoder_2_, runtime_, batch_of_one(ids),
                              batch_of_one(ids_2), batch_of_one(embeds), batch_of_one(pooled), unet_, what);
}

PooledPrompt PromptEncoder::prompt(const SynthesisItem& item) const {
  return encode(item.ids, item.ids_2, item.prompt_embeds, item.pooled_embeds, "prompt");
}

PooledPrompt PromptEncoder::negative_prompt(const SynthesisItem& item, const PooledPrompt& prompt) {
  if (item.zero_negative && prompt.pooled.defined()) {
    return {at::zeros_like(prompt.states), at::zeros_like(prompt.pooled)};
  }
  const auto encoded = [&] {
    return encode(item.negative_ids, item.negative_ids_2, item.negative_embeds, item.negative_pooled_embeds,
                  "negative prompt");
  };
  if (!item.negative_embeds.empty() || item.negative_ids.empty()) return encoded();
  std::vector<int64_t> key;
  append(key, item.negative_ids);
  append(key, item.negative_ids_2);
  if (!negative_.states.defined() || key != negative_ids_) {
    negative_ = encoded();
    negative_ids_ = key;
  }
  return negative_;
}

}  // namespace synood
