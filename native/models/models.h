#pragma once

// The models as the rest of native/ sees them: at::Tensor in, at::Tensor out, differentiable, no guards of
// their own. Each lies in a file pair named after it; the boundary's classes (synood/models.h) are thin
// adapters over these.

#include <ATen/ATen.h>

#include <memory>
#include <optional>

#include "engine/runtime.h"
#include "nn/text_keys.h"
#include "synood/models.h"
#include "synood/weights.h"
#include "weights/parameters.h"

namespace synood {

// What trainers need of any model.
class TrainableModel {
 public:
  virtual ~TrainableModel() = default;
  virtual ParameterStore& store() = 0;
  virtual Runtime runtime() const = 0;
};

class ClipModel : public Clip, public TrainableModel {
 public:
  virtual at::Tensor image_features(const at::Tensor& pixels) = 0;  // (N,3,S,S) -> (N,D), not normalised
  virtual at::Tensor text_features(const at::Tensor& ids) = 0;      // (N,L) int64 -> (N,D), not normalised
  virtual at::Tensor hidden_states(const at::Tensor& ids) = 0;  // (N,L) -> (N,L,hidden) after the final norm
  // (N,L) -> (N,L,hidden) before the last layer, without the norm
  virtual at::Tensor penultimate_states(const at::Tensor&) {
    throw Error(ErrorCode::value, "This CLIP model tells no hidden states but the last.");
  }
  virtual at::Tensor logit_scale_parameter() = 0;  // the logarithm, a scalar
};

// What some denoisers take beside the text; an undefined part is absent.
struct UnetAdded {
  at::Tensor text_embeds;                         // (N, P) pooled text embedding
  at::Tensor time_ids;                            // (N, K) sizes
  at::Tensor timestep_cond;                       // (N, time_cond_proj_dim)
  std::shared_ptr<TextKeys> text_keys = nullptr;  // what its layers keep of the context, or undefined
};

class UnetModel : public Unet, public TrainableModel {
 public:
  // sample (N,C,h,w), timesteps (N) or (1), context (N,L,D) -> (N,out,h,w)
  virtual at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                             const at::Tensor& context) = 0;
  virtual at::Tensor forward_with(const at::Tensor& sample, const at::Tensor& timesteps,
                                  const at::Tensor& context, const UnetAdded&) {
    return forward(sample, timesteps, context);
  }
  // Trade time for memory wherever a gradient is asked for: each residual and transformer block is computed
  // again on the way back.
  virtual void set_gradient_checkpointing(bool) {}
  // Another number after a parameter was written. None while parameters are trained, and of a denoiser that
  // several threads must not call at once.
  virtual std::optional<uint64_t> weights_stamp() const { return std::nullopt; }
};

class AutoencoderKlModel : public AutoencoderKl, public TrainableModel {
 public:
  // (N,3,H,W) -> (N,2*latent,h,w), log-variance clamped; (N,latent,h,w) if spec().variational is false
  virtual at::Tensor moments(const at::Tensor& pixels) = 0;
  virtual at::Tensor decode_latents(const at::Tensor& latents) = 0;  // unscaled latents -> pixels
  virtual int64_t scale_factor() const = 0;                          // 2^(blocks - 1)
  // Trade time for memory wherever a gradient is asked for: each block is computed again on the way back.
  virtual void set_gradient_checkpointing(bool on) = 0;
};

class ClassifierModel : public Classifier, public TrainableModel {
 public:
  // `train`: batch statistics, and the running ones are updated
  virtual at::Tensor forward(const at::Tensor& pixels, bool train = false) = 0;  // -> logits
  // -> (N, F), what the last layer takes: the mean over positions, or the class token
  virtual at::Tensor pooled(const at::Tensor& pixels) = 0;
};

// Differentiable preprocessing: pixels (N,3,H,W) in [0,1] -> resized (antialiased), cropped, normalised.
at::Tensor transform_pixels(const at::Tensor& pixels, const PixelTransformSpec& transform);

std::shared_ptr<ClipModel> load_clip(Runtime runtime, const ClipSpec& spec, const WeightSource& weights);
std::shared_ptr<UnetModel> load_unet(Runtime runtime, const UnetSpec& spec, const WeightSource& weights);
std::shared_ptr<AutoencoderKlModel> load_autoencoder_kl(Runtime runtime, const AutoencoderKlSpec& spec,
                                                        const WeightSource& weights);
std::shared_ptr<AutoencoderKlModel> load_autoencoder_tiny(Runtime runtime, const AutoencoderTinySpec& spec,
                                                          const WeightSource& weights);
std::shared_ptr<ClassifierModel> load_classifier(Runtime runtime, const ResnetSpec& spec,
                                                 const WeightSource& weights);
std::shared_ptr<ClassifierModel> load_vit_classifier(Runtime runtime, const VitSpec& spec,
                                                     const WeightSource& weights);

}  // namespace synood
