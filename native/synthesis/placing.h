#pragma once

#include <memory>
#include <vector>

#include "engine/runtime.h"
#include "models/models.h"
#include "synood/synthesis.h"
#include "synthesis/prompt_encoder.h"
#include "synthesis/slot.h"

namespace synood {

// Turns an item into what its slot keeps: everything that needs encoding is encoded here, once, and alone, so
// that it cannot depend on the batch. The negative prompt and the moments of a wholly masked picture (a
// constant grey) are kept for the items that follow.
//
// Draws, in this order from the item's seed: the image's posterior, the initial noise. The masked image's
// posterior is drawn anew in each iteration (masked_latents).
class Placing {
 public:
  Placing(Runtime runtime, UnetModel& unet, AutoencoderKlModel& vae, ClipModel* text_encoder,
          ClipModel* text_encoder_2, const SynthesisOptions& options);

  Slot prepare(const SynthesisItem& item);

  // (1, C, h, w): a draw of the masked image's posterior, from (seed, iteration) alone: an iteration that was
  // aborted draws the same when it runs again.
  at::Tensor masked_latents(const Slot& slot, int64_t iteration) const;

  // (1, 6), of the whole picture: what Stable Diffusion XL is told of sizes
  at::Tensor sizes() const { return picture_sizes(height_, width_, 1, runtime_); }

  bool masked() const { return masked_; }

 private:
  at::Tensor draw_or(const TensorView& given, class SampleRandom& random, const char* what) const;
  at::Tensor masked_moments(const at::Tensor& image, const at::Tensor& mask);

  Runtime runtime_;
  UnetModel& unet_;
  AutoencoderKlModel& vae_;
  PromptEncoder prompts_;
  int64_t height_, width_;
  bool guided_, masked_;
  int64_t prompt_length_ = 0;
  at::Tensor grey_moments_;
};

}  // namespace synood
