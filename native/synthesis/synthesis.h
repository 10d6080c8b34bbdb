#pragma once

#include <memory>

#include "models/models.h"
#include "synood/synthesis.h"

namespace synood {

std::shared_ptr<Synthesizer> create_synthesizer(Runtime runtime, std::shared_ptr<UnetModel> unet,
                                                std::shared_ptr<AutoencoderKlModel> vae,
                                                std::shared_ptr<ClipModel> text_encoder,
                                                std::shared_ptr<ClassifierModel> classifier,
                                                const SynthesisOptions& options,
                                                std::shared_ptr<ClipModel> text_encoder_2 = nullptr);

}  // namespace synood
