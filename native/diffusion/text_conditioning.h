#pragma once

#include <ATen/ATen.h>

#include "models/models.h"
#include "synood/diffusion.h"

namespace synood {

// What the denoiser is told of the prompts of one call, N of them.
struct TextConditioning {
  at::Tensor prompt, negative;  // (N, L, D); negative is undefined where nothing is guided
  UnetAdded added;              // Stable Diffusion XL's, [negative; prompt] where it is guided
};

// The prompts of a request, encoded as its denoiser asks: the last hidden states of one encoder, or (an UNet
// with addition_embed_type text_time) both encoders' and the sizes, the picture's own unless given. One
// prompt a picture, or an ERR_SHAPE.
TextConditioning condition_on_text(const InpaintRequest& request, const UnetModel& unet,
                                   ClipModel* text_encoder, ClipModel* text_encoder_2, Runtime runtime);

}  // namespace synood
