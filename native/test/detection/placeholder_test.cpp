#include "detection/placeholder.h"

#include <gtest/gtest.h>

#include "detection/detection.h"
#include "engine/random.h"
#include "test/support/fixture.h"
#include "test/support/specs.h"

namespace synood {
namespace {

TEST(Placeholder, IsTheTextWithAnotherWordAndLeavesTheTableAsItWas) {
  const auto golden = test::Fixture::open("clip/quick_gelu");
  const auto clip = load_clip({}, test::clip_spec(golden.config()), golden.weight_source("model"));
  const auto ids = at::tensor({998, 20, 31, 47, 999}, at::kLong).view({1, 5});
  const auto other = at::tensor({998, 20, 55, 47, 999}, at::kLong).view({1, 5});
  at::Tensor table;
  for (const auto& [name, tensor] : clip->store().parameters())
    if (name == "text_model.embeddings.token_embedding.weight") table = tensor;
  ASSERT_TRUE(table.defined());
  const auto before = table.clone();
  // With the embedding of another word it is the text with that word.
  const auto words = at::stack({table[55], table[31]}).clone();
  const auto states = placeholder_states(*clip, ids, 31, words, {});
  EXPECT_LT(test::difference(states[0], clip->hidden_states(other)[0]), 1e-6);
  EXPECT_LT(test::difference(states[1], clip->hidden_states(ids)[0]), 1e-6);
  EXPECT_TRUE(at::equal(table, before));
  int32_t cancelled = 1;
  EXPECT_THROW(placeholder_states(*clip, ids, 31, words, JobControl(&cancelled, {})), Error);
  EXPECT_THROW(placeholder_states(*clip, ids, 32, words, {}), Error);
  EXPECT_THROW(placeholder_states(*clip, ids, 31, words.slice(1, 0, 3), {}), Error);
  EXPECT_TRUE(at::equal(table, before));
}

}  // namespace
}  // namespace synood
