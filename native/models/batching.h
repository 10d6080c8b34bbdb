#pragma once

#include <functional>
#include <string>

#include "engine/runtime.h"
#include "synood/job.h"
#include "synood/tensor.h"

namespace synood {

// How many rows are computed at once. With `pad` the last batch is filled up with copies of its last row, so
// that every batch has one shape and a row's bits depend on nothing but the row.
struct Batching {
  int64_t size = 1;
  bool pad = true;
  std::string stage;  // the word that progress is reported under
};

// Runs f over the rows of (N, ...), batch after batch on the runtime's device, without gradients. The signal
// is looked at before each batch.
//
//   f        (B, ...) -> (B, ...)
//   returns  (N, ...)
Tensor in_batches(const TensorView& rows, Runtime runtime, const Batching& batching,
                  const JobControl& control, const std::function<at::Tensor(const at::Tensor&)>& f);

}  // namespace synood
