#pragma once

#include <memory>
#include <vector>

#include "synood/job.h"
#include "synood/specs.h"
#include "synood/tensor.h"

namespace synood {

// What every loaded model can do. All calls run on the engine's job thread.
class Model {
 public:
  virtual ~Model() = default;
  virtual int64_t bytes() const = 0;                   // of its parameters, on its device
  virtual std::vector<NamedTensor> state() const = 0;  // parameters and buffers under their safetensors names
};

// CLIP (Radford et al., 2021) in the Hugging Face layout; a folder may hold one tower only.
class Clip : public Model {
 public:
  virtual const ClipSpec& spec() const = 0;
  // pixels (N, 3, S, S) normalised -> (N, D), the projection's output, not normalised. Computed in batches of
  // batch_size; with `pad` the last one is filled up, so that a row's bits don't depend on how many came with
  // it.
  virtual Tensor encode_images(const TensorView& pixels, int64_t batch_size, bool pad,
                               const JobControl& control) = 0;
  // ids (N, L) int64 -> (N, D)
  virtual Tensor encode_text(const TensorView& ids, int64_t batch_size, bool pad,
                             const JobControl& control) = 0;
  // ids (N, L) -> (N, L, hidden): the last hidden states after the final layer norm, a diffusion model's
  // conditioning
  virtual Tensor text_hidden_states(const TensorView& ids) = 0;
  // The same one layer earlier and without the norm, as Stable Diffusion XL is conditioned.
  virtual Tensor text_penultimate_states(const TensorView&) {
    throw Error(ErrorCode::value, "This CLIP model tells no hidden states but the last.");
  }
  virtual double logit_scale() const = 0;  // exp of the stored parameter
};

// What some denoisers take beside the text. Absent parts are empty.
struct UnetConditions {
  TensorView text_embeds;    // (N, P) pooled text embedding, addition_embed_type "text_time"
  TensorView time_ids;       // (N, K) sizes, the same
  TensorView timestep_cond;  // (N, time_cond_proj_dim)
};

// UNet2DConditionModel of diffusers.
class Unet : public Model {
 public:
  virtual const UnetSpec& spec() const = 0;
  // sample (N, C, h, w), timesteps (N), context (N, L, cross_attention_dim) -> (N, out_channels, h, w)
  virtual Tensor predict(const TensorView& sample, const TensorView& timesteps,
                         const TensorView& context) = 0;
  virtual Tensor predict_conditioned(const TensorView& sample, const TensorView& timesteps,
                                     const TensorView& context, const UnetConditions&) {
    return predict(sample, timesteps, context);
  }
};

// AutoencoderKL of diffusers, or one that stands in its place (AutoencoderTiny).
class AutoencoderKl : public Model {
 public:
  virtual const AutoencoderKlSpec& spec() const = 0;
  // pixels (N, 3, H, W) in [-1, 1] -> (N, 2*latent, h, w): mean and log-variance (clamped to -30..20),
  // unscaled; (N, latent, h, w) if it is not variational
  virtual Tensor encode(const TensorView& pixels, int64_t batch_size, const JobControl& control) = 0;
  // latents (N, latent, h, w), unscaled -> (N, 3, H, W) about [-1, 1]
  virtual Tensor decode(const TensorView& latents, int64_t batch_size, const JobControl& control) = 0;
};

// An image classifier: transformers' ResNetForImageClassification, also under torchvision's and timm's key
// names, or ViTForImageClassification.
class Classifier : public Model {
 public:
  virtual int64_t num_channels() const = 0;
  virtual int64_t num_labels() const = 0;
  // pixels (N, 3, H, W) normalised -> logits (N, num_labels)
  virtual Tensor logits(const TensorView& pixels, int64_t batch_size, const JobControl& control) = 0;
  // pixels (N, 3, H, W) in [0, 1] -> logits, through the same differentiable preprocessing that guidance uses
  virtual Tensor score_logits(const TensorView& pixels, const PixelTransformSpec& transform,
                              int64_t batch_size, const JobControl& control) = 0;
  virtual Tensor features(const TensorView& pixels, int64_t batch_size,
                          const JobControl& control) = 0;  // (N, F) pooled
};

}  // namespace synood
