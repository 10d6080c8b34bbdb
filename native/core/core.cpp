#include <ATen/Parallel.h>
#include <torch/version.h>

#include <thread>

#include "detection/detection.h"
#include "diffusion/diffusion.h"
#include "engine/cpu_cache.h"
#include "engine/device.h"
#include "engine/job_thread.h"
#include "engine/reproducible.h"
#include "models/models.h"
#include "synood/engine.h"
#include "synthesis/synthesis.h"
#include "training/training.h"

namespace synood {
namespace {

template <typename Inner, typename Outer>
std::shared_ptr<Inner> inner(const std::shared_ptr<Outer>& outer) {
  return std::dynamic_pointer_cast<Inner>(outer);
}

// The house's front door: hands each request to the room that serves it.
class CoreEngine final : public Engine {
 public:
  explicit CoreEngine(const EngineOptions& options)
      : runtime_{parse_device(options.device), at::kFloat},
        threads_(options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency())),
        dtype_name_(options.dtype),
        jobs_([threads = threads_] {
          // LibTorch sets a thread up when it is first asked, with the number that was set last, be it
          // another engine's; so it is asked before.
          at::get_num_threads();
          at::set_num_threads(static_cast<int>(threads));
        }) {
    runtime_.dtype = parse_dtype(options.dtype, runtime_.device);
    if (runtime_.device.is_cpu()) use_cpu_cache();
    if (runtime_.device.is_cuda() && runtime_.dtype == at::kFloat) {
      // float32 is meant: TensorFloat-32 has ten bits of mantissa. Who wants speed takes bfloat16.
      at::globalContext().setAllowTF32CuDNN(false);
      at::globalContext().setAllowTF32CuBLAS(false);
    }
  }

  ~CoreEngine() override { release_cpu_cache(); }

  EngineInfo info() const override {
    return {TORCH_VERSION, runtime_.device.str(), device_name(runtime_.device), dtype_name_,
            threads_,      cuda_built(),          cuda_device_count()};
  }

  void post(std::function<void()> job) override { jobs_.post(std::move(job)); }

  std::shared_ptr<Clip> load_clip(const ClipSpec& spec, const WeightSource& weights) override {
    return synood::load_clip(runtime_, spec, weights);
  }
  std::shared_ptr<Unet> load_unet(const UnetSpec& spec, const WeightSource& weights) override {
    return synood::load_unet(runtime_, spec, weights);
  }
  std::shared_ptr<AutoencoderKl> load_autoencoder_kl(const AutoencoderKlSpec& spec,
                                                     const WeightSource& weights) override {
    return synood::load_autoencoder_kl(runtime_, spec, weights);
  }
  std::shared_ptr<AutoencoderKl> load_autoencoder_tiny(const AutoencoderTinySpec& spec,
                                                       const WeightSource& weights) override {
    return synood::load_autoencoder_tiny(runtime_, spec, weights);
  }
  std::shared_ptr<Classifier> load_classifier(const ResnetSpec& spec, const WeightSource& weights) override {
    return synood::load_classifier(runtime_, spec, weights);
  }
  std::shared_ptr<Classifier> load_vit_classifier(const VitSpec& spec, const WeightSource& weights) override {
    return synood::load_vit_classifier(runtime_, spec, weights);
  }

  std::shared_ptr<Inpainter> create_inpainter(std::shared_ptr<Unet> unet, std::shared_ptr<AutoencoderKl> vae,
                                              std::shared_ptr<Clip> text_encoder,
                                              std::shared_ptr<Clip> text_encoder_2) override {
    return synood::create_inpainter(runtime_, inner<UnetModel>(unet), inner<AutoencoderKlModel>(vae),
                                    inner<ClipModel>(text_encoder), inner<ClipModel>(text_encoder_2));
  }
  std::shared_ptr<Synthesizer> create_synthesizer(std::shared_ptr<Unet> unet,
                                                  std::shared_ptr<AutoencoderKl> vae,
                                                  std::shared_ptr<Clip> text_encoder,
                                                  std::shared_ptr<Classifier> classifier,
                                                  const SynthesisOptions& options,
                                                  std::shared_ptr<Clip> text_encoder_2) override {
    return synood::create_synthesizer(runtime_, inner<UnetModel>(unet), inner<AutoencoderKlModel>(vae),
                                      inner<ClipModel>(text_encoder), inner<ClassifierModel>(classifier),
                                      options, inner<ClipModel>(text_encoder_2));
  }

  std::shared_ptr<Trainer> create_contrastive_trainer(std::shared_ptr<Clip> clip,
                                                      const TrainerOptions& options) override {
    return synood::create_contrastive_trainer(inner<ClipModel>(clip), options);
  }
  std::shared_ptr<Trainer> create_autoencoder_trainer(std::shared_ptr<AutoencoderKl> vae,
                                                      const TrainerOptions& options) override {
    if (!vae->spec().variational) {
      throw Error(ErrorCode::config, "Expected an AutoencoderKL to train, got an AutoencoderTiny.");
    }
    return synood::create_autoencoder_trainer(inner<AutoencoderKlModel>(vae), options);
  }
  std::shared_ptr<Trainer> create_denoiser_trainer(std::shared_ptr<Unet> unet,
                                                   std::shared_ptr<Clip> text_encoder,
                                                   const TrainerOptions& options) override {
    return synood::create_denoiser_trainer(inner<UnetModel>(unet), inner<ClipModel>(text_encoder), options);
  }
  std::shared_ptr<Trainer> create_classifier_trainer(std::shared_ptr<Classifier> classifier,
                                                     const TrainerOptions& options) override {
    return synood::create_classifier_trainer(inner<ClassifierModel>(classifier), options);
  }
  std::shared_ptr<Trainer> create_projection_trainer(const TensorView& label_features,
                                                     const std::vector<NamedView>& initial,
                                                     const TrainerOptions& options) override {
    return synood::create_projection_trainer(runtime_, label_features, initial, options);
  }
  std::shared_ptr<Trainer> create_label_trainer(const TensorView& label_features,
                                                const TrainerOptions& options) override {
    return synood::create_label_trainer(runtime_, label_features, options);
  }
  std::shared_ptr<Trainer> create_outlier_head_trainer(const TensorView& weight, const TensorView& bias,
                                                       const TrainerOptions& options) override {
    return synood::create_outlier_head_trainer(runtime_, weight, bias, options);
  }
  std::shared_ptr<Trainer> create_feature_map_trainer(const TensorView& label_features, int64_t width,
                                                      const TrainerOptions& options) override {
    return synood::create_feature_map_trainer(runtime_, label_features, width, options);
  }
  std::shared_ptr<Trainer> create_joint_trainer(const TensorView& label_features, int64_t classes,
                                                const std::vector<NamedView>& initial,
                                                const TrainerOptions& options) override {
    return synood::create_joint_trainer(runtime_, label_features, classes, initial, options);
  }
  std::shared_ptr<Trainer> create_linear_trainer(int64_t width, int64_t labels,
                                                 const TrainerOptions& options) override {
    return synood::create_linear_trainer(runtime_, width, labels, options);
  }
  std::shared_ptr<Trainer> create_clipn_trainer(std::shared_ptr<Clip> clip,
                                                const TrainerOptions& options) override {
    return synood::create_clipn_trainer(inner<ClipModel>(clip), options);
  }
  std::shared_ptr<Trainer> create_prompt_trainer(std::shared_ptr<Clip> clip, const TensorView& ids,
                                                 const PromptSpec& spec,
                                                 const TrainerOptions& options) override {
    return synood::create_prompt_trainer(inner<ClipModel>(clip), ids, spec, options);
  }

  std::shared_ptr<Detection> detection() override { return create_detection(runtime_); }

 private:
  Runtime runtime_;
  int64_t threads_;
  std::string dtype_name_;
  JobThread jobs_;  // last: its thread must be gone before anything else goes
};

}  // namespace
}  // namespace synood

namespace {

void check_abi(int abi) {
  if (abi == synood::kCoreAbi) return;
  throw synood::Error(synood::ErrorCode::libtorch, "The addon speaks version " + std::to_string(abi) +
                                                       " of the core's interface, this core library " +
                                                       std::to_string(synood::kCoreAbi) +
                                                       ". Rebuild both: npm run build:native");
}

}  // namespace

extern "C" synood::Engine* synood_core_open(int abi, const synood::EngineOptions* options) {
  check_abi(abi);
  synood::ask_for_reproducible_products();
  return new synood::CoreEngine(*options);
}

extern "C" synood::NoiseScheduler* synood_core_create_scheduler(int abi, const synood::SchedulerSpec* spec) {
  check_abi(abi);
  return synood::create_noise_scheduler(*spec).release();
}
