#pragma once

#include <ATen/ATen.h>

#include "models/models.h"
#include "synood/job.h"

namespace synood {

// Dream-OOD's conditioning (Du et al., 2023): a prompt in which one token has another embedding. While the
// call lasts, the row of `token` in the table of token embeddings is lent to each embedding in turn; all
// models are used on one thread, so that nobody else sees it.
//
//   ids (1, L) with `token` in them, embeddings (M, W) -> (M, L, W), the last hidden states
at::Tensor placeholder_states(ClipModel& clip, const at::Tensor& ids, int64_t token,
                              const at::Tensor& embeddings, const JobControl& control);

}  // namespace synood
