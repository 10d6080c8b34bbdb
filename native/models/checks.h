#pragma once

#include <string>
#include <vector>

#include "synood/tensor.h"

namespace synood {

// What configurations and callers must keep to, told in their own words.

// An architecture that cannot be built: ERR_MODEL_FORMAT "config.json: expected ...".
void expect_spec(bool holds, const std::string& expected);

// As many values as blocks, and all of them positive.
void expect_sizes(const std::vector<int64_t>& values, size_t count, const std::string& name);

void expect_floating(const TensorView& view, const std::string& what);

// ids (N, L) int64 with 0 <= id < vocabulary and 1 <= L <= positions. A wrong id would end the process on
// CUDA.
void expect_ids(const TensorView& ids, int64_t vocabulary, int64_t positions);

}  // namespace synood
