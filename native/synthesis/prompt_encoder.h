#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "diffusion/conditioning.h"
#include "engine/runtime.h"
#include "models/models.h"
#include "synood/synthesis.h"

namespace synood {

// An item's two prompts as the denoiser takes them: states (1, L, D) and, for Stable Diffusion XL, pooled (1,
// P). The negative prompt is kept for the items that follow, which mostly have the same.
class PromptEncoder {
 public:
  // text_encoder_2: Stable Diffusion XL's, else null
  PromptEncoder(Runtime runtime, const UnetSpec& unet, ClipModel* text_encoder, ClipModel* text_encoder_2)
      : runtime_(runtime), unet_(unet), text_encoder_(text_encoder), text_encoder_2_(text_encoder_2) {}

  PooledPrompt prompt(const SynthesisItem& item) const;
  // `prompt`: the item's own, whose shape zero_negative's zeros have
  PooledPrompt negative_prompt(const SynthesisItem& item, const PooledPrompt& prompt);

 private:
  PooledPrompt encode(const TensorView& ids, const TensorView& ids_2, const TensorView& embeds,
                      const TensorView& pooled, const std::string& what) const;

  Runtime runtime_;
  const UnetSpec& unet_;
  ClipModel *text_encoder_, *text_encoder_2_;
  std::vector<int64_t> negative_ids_;
  PooledPrompt negative_;
};

}  // namespace synood
