#pragma once

#include "models/clip_encoder.h"
#include "nn/conv2d.h"
#include "synood/specs.h"

namespace synood {

// CLIP's image tower: a vision transformer whose class token, normalised and projected, stands for the image.
struct ClipVision {
  ClipVisionSpec spec;
  Conv2d patch_embedding;
  at::Tensor class_embedding, position_embedding;  // (D), (1 + patches, D)
  LayerNorm pre_layrnorm, post_layernorm;          // the first one's spelling is that of every checkpoint
  ClipEncoder encoder;
  Linear visual_projection;  // undefined when spec.projection_dim is 0

  // `root` holds `vision_model.*` and `visual_projection`
  ClipVision(const Weights& root, const ClipVisionSpec& spec);

  // (N, 3, S, S), normalised -> (N, D)
  at::Tensor features(const at::Tensor& pixels) const;
};

}  // namespace synood
