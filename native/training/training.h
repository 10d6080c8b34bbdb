#pragma once

#include <memory>

#include "models/models.h"
#include "synood/training.h"

namespace synood {

std::shared_ptr<Trainer> create_contrastive_trainer(std::shared_ptr<ClipModel> clip,
                                                    const TrainerOptions& options);
std::shared_ptr<Trainer> create_autoencoder_trainer(std::shared_ptr<AutoencoderKlModel> vae,
                                                    const TrainerOptions& options);
std::shared_ptr<Trainer> create_denoiser_trainer(std::shared_ptr<UnetModel> unet,
                                                 std::shared_ptr<ClipModel> text_encoder,
                                                 const TrainerOptions& options);
std::shared_ptr<Trainer> create_classifier_trainer(std::shared_ptr<ClassifierModel> classifier,
                                                   const TrainerOptions& options);
std::shared_ptr<Trainer> create_projection_trainer(Runtime runtime, const TensorView& label_features,
                                                   const std::vector<NamedView>& initial,
                                                   const TrainerOptions& options);
std::shared_ptr<Trainer> create_label_trainer(Runtime runtime, const TensorView& label_features,
                                              const TrainerOptions& options);
std::shared_ptr<Trainer> create_outlier_head_trainer(Runtime runtime, const TensorView& weight,
                                                     const TensorView& bias, const TrainerOptions& options);
std::shared_ptr<Trainer> create_feature_map_trainer(Runtime runtime, const TensorView& label_features,
                                                    int64_t width, const TrainerOptions& options);
std::shared_ptr<Trainer> create_joint_trainer(Runtime runtime, const TensorView& label_features,
                                              int64_t classes, const std::vector<NamedView>& initial,
                                              const TrainerOptions& options);
std::shared_ptr<Trainer> create_linear_trainer(Runtime runtime, int64_t width, int64_t labels,
                                               const TrainerOptions& options);
std::shared_ptr<Trainer> create_clipn_trainer(std::shared_ptr<ClipModel> clip, const TrainerOptions& options);
std::shared_ptr<Trainer> create_prompt_trainer(std::shared_ptr<ClipModel> clip, const TensorView& ids,
                                               const PromptSpec& spec, const TrainerOptions& options);

}  // namespace synood
