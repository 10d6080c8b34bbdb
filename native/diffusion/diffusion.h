#pragma once

#include <memory>

#include "models/models.h"
#include "synood/diffusion.h"
#include "synood/scheduler.h"

namespace synood {

std::shared_ptr<Inpainter> create_inpainter(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                            std::shared_ptr<AutoencoderKlModel> vae,
                                            std::shared_ptr<ClipModel> text_encoder,
                                            std::shared_ptr<ClipModel> text_encoder_2 = nullptr);
std::unique_ptr<NoiseScheduler> create_noise_scheduler(const SchedulerSpec& spec);

}  // namespace synood
