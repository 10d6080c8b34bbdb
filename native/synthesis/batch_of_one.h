#pragma once

#include "synood/tensor.h"

namespace synood {

// An item's tensor as a batch of one; what an item leaves out stays empty.
inline TensorView batch_of_one(const TensorView& view) {
  auto batch = view;
  if (!view.empty()) batch.shape.insert(batch.shape.begin(), 1);
  return batch;
}

}  // namespace synood
