#include "models/checks.h"

#include <algorithm>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {

void expect_spec(bool holds, const std::string& expected) {
  if (!holds) throw Error(ErrorCode::model_format, "config.json: expected " + expected + ".");
}

void expect_sizes(const std::vector<int64_t>& values, size_t count, const std::string& name) {
  expect_spec(
      values.size() == count && std::all_of(values.begin(), values.end(), [](auto v) { return v > 0; }),
      std::to_string(count) + " positive numbers in " + name + " (one a block), got " + shape_text(values));
}

void expect_floating(const TensorView& view, const std::string& what) {
  if (!at::isFloatingType(scalar_type(view.type))) {
    throw Error(ErrorCode::shape, "Expected " + what + " as floating-point numbers, got integers.");
  }
}

void expect_ids(const TensorView& ids, int64_t vocabulary, int64_t positions) {
  const auto what = "ids (N, L), L at most " + std::to_string(positions);
  expect_shape(ids, {-1, -1}, what);
  expect_type(ids, ElementType::i64, what + ", int64");
  if (ids.shape[1] < 1 || ids.shape[1] > positions) {
    throw Error(ErrorCode::shape, "Expected " + what + ", got " + shape_text(ids.shape) +
                                      ". Truncate and pad in the tokenizer.");
  }
  const auto* begin = static_cast<const int64_t*>(ids.data);
  const auto* end = begin + ids.shape[0] * ids.shape[1];
  const auto* wrong = std::find_if(begin, end, [&](int64_t id) { return id < 0 || id >= vocabulary; });
  if (wrong != end) {
    throw Error(ErrorCode::value, "Expected token ids from 0 to " + std::to_string(vocabulary - 1) +
                                      ", got " + std::to_string(*wrong) +
                                      ". Is it another model's tokenizer?");
  }
}

}  // namespace synood
