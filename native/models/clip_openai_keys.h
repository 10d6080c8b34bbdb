#pragma once

#include "weights/parameters.h"

namespace synood {

// Keys of OpenAI's and OpenCLIP's files under transformers' names: visual.* and the text tower at the root
// (or below "text."), in_proj_weight and in_proj_bias cut into the thirds q, k, v, both projections
// transposed. Files of another layout stay as they are.
void rename_openai_clip_keys(ParameterStore& store);

}  // namespace synood
