#pragma once

#include <functional>
#include <memory>
#include <string>

#include "synood/detection.h"
#include "synood/diffusion.h"
#include "synood/models.h"
#include "synood/scheduler.h"
#include "synood/specs.h"
#include "synood/synthesis.h"
#include "synood/training.h"
#include "synood/weights.h"

namespace synood {

// Changes whenever a type of this folder changes; a core of another number is refused.
inline constexpr int kCoreAbi = 8;

struct EngineOptions {
  std::string device = "auto";    // "auto" | "cpu" | "cuda" | "cuda:N"
  std::string dtype = "float32";  // "float32" | "bfloat16" | "float16"; of loaded models
  int64_t threads = 0;            // 0: all
};

struct EngineInfo {
  std::string libtorch_version, device, device_name, dtype;
  int64_t threads = 0;
  bool cuda_built = false;
  int64_t cuda_devices = 0;
};

// Everything below post() is called on the engine's one job thread, and so are the methods of what it
// returns.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual EngineInfo info() const = 0;
  virtual void post(std::function<void()> job) = 0;

  virtual std::shared_ptr<Clip> load_clip(const ClipSpec& spec, const WeightSource& weights) = 0;
  virtual std::shared_ptr<Unet> load_unet(const UnetSpec& spec, const WeightSource& weights) = 0;
  virtual std::shared_ptr<AutoencoderKl> load_autoencoder_kl(const AutoencoderKlSpec& spec,
                                                             const WeightSource& weights) = 0;
  virtual std::shared_ptr<AutoencoderKl> load_autoencoder_tiny(const AutoencoderTinySpec& spec,
                                                               const WeightSource& weights) = 0;
  virtual std::shared_ptr<Classifier> load_classifier(const ResnetSpec& spec,
                                                      const WeightSource& weights) = 0;
  virtual std::shared_ptr<Classifier> load_vit_classifier(const VitSpec& spec,
                                                          const WeightSource& weights) = 0;

  virtual std::shared_ptr<Inpainter> create_inpainter(std::shared_ptr<Unet> unet,
                                                      std::shared_ptr<AutoencoderKl> vae,
                                                      std::shared_ptr<Clip> text_encoder,
                                                      std::shared_ptr<Clip> text_encoder_2 = nullptr) = 0;
  virtual std::shared_ptr<Synthesizer> create_synthesizer(std::shared_ptr<Unet> unet,
                                                          std::shared_ptr<AutoencoderKl> vae,
                                                          std::shared_ptr<Clip> text_encoder,
                                                          std::shared_ptr<Classifier> classifier,
                                                          const SynthesisOptions& options,
                                                          std::shared_ptr<Clip> text_encoder_2 = nullptr) = 0;

  virtual std::shared_ptr<Trainer> create_contrastive_trainer(std::shared_ptr<Clip> clip,
                                                              const TrainerOptions& options) = 0;
  virtual std::shared_ptr<Trainer> create_autoencoder_trainer(std::shared_ptr<AutoencoderKl> vae,
                                                              const TrainerOptions& options) = 0;
  // text_encoder may be null when the data holds `context`
  virtual std::shared_ptr<Trainer> create_denoiser_trainer(std::shared_ptr<Unet> unet,
                                                           std::shared_ptr<Clip> text_encoder,
                                                           const TrainerOptions& options) = 0;
  virtual std::shared_ptr<Trainer> create_classifier_trainer(std::shared_ptr<Classifier> classifier,
                                                             const TrainerOptions& options) = 0;
  // label_features (K, D): the classes' text features, frozen. Trains weight (D, D), bias, norm_weight,
  // norm_bias; `initial` may hold those four, else they are drawn from the seed.
  virtual std::shared_ptr<Trainer> create_projection_trainer(const TensorView& label_features,
                                                             const std::vector<NamedView>& initial,
                                                             const TrainerOptions& options) = 0;
  // label_features (K, D) are the parameters
  virtual std::shared_ptr<Trainer> create_label_trainer(const TensorView& label_features,
                                                        const TrainerOptions& options) = 0;
  // weight (C, F), bias (C): where a classifier's last layer begins
  virtual std::shared_ptr<Trainer> create_outlier_head_trainer(const TensorView& weight,
                                                               const TensorView& bias,
                                                               const TrainerOptions& options) = 0;
  // label_features (C, E), fixed; image features of `width`
  virtual std::shared_ptr<Trainer> create_feature_map_trainer(const TensorView& label_features, int64_t width,
                                                              const TrainerOptions& options) = 0;

  // label_features (K, D): the first `classes` rows stay, the others are trained beside the projection
  virtual std::shared_ptr<Trainer> create_joint_trainer(const TensorView& label_features, int64_t classes,
                                                        const std::vector<NamedView>& initial,
                                                        const TrainerOptions& options) = 0;
  // Logits W f + b of `labels` classes on frozen features of `width` numbers.
  virtual std::shared_ptr<Trainer> create_linear_trainer(int64_t width, int64_t labels,
                                                         const TrainerOptions& options) = 0;
  virtual std::shared_ptr<Trainer> create_clipn_trainer(std::shared_ptr<Clip> clip,
                                                        const TrainerOptions& options) = 0;
  // ids (C, L): start, `length` places for the context, then each class's own tokens
  virtual std::shared_ptr<Trainer> create_prompt_trainer(std::shared_ptr<Clip> clip, const TensorView& ids,
                                                         const PromptSpec& spec,
                                                         const TrainerOptions& options) = 0;

  virtual std::shared_ptr<Detection> detection() = 0;
};

}  // namespace synood

extern "C" {
// Both throw synood::Error. The only symbols that synood.node looks up in the core library.
__attribute__((visibility("default"))) synood::Engine* synood_core_open(int abi,
                                                                        const synood::EngineOptions* options);
// A scheduler needs no engine: it computes on the thread that calls it.
__attribute__((visibility("default"))) synood::NoiseScheduler* synood_core_create_scheduler(
    int abi, const synood::SchedulerSpec* spec);
}
