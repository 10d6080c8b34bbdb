#pragma once

#include "models/models.h"

namespace synood {

// The boundary's encode and decode, the same for every autoencoder: arguments checked, batch after batch.
Tensor encode_in_batches(AutoencoderKlModel& model, const TensorView& pixels, int64_t batch_size,
                         const JobControl& control);
Tensor decode_in_batches(AutoencoderKlModel& model, const TensorView& latents, int64_t batch_size,
                         const JobControl& control);

}  // namespace synood
