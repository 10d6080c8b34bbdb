#pragma once

#include <string>

#include "weights/parameters.h"

namespace synood {

// The Hugging Face name of a torchvision or timm ResNet key ("layer1.0.conv2.weight" ->
// "resnet.encoder.stages.0.layers.0.layer.1.convolution.weight"); other names come back as they are.
std::string resnet_key(const std::string& name);

// Brings a file's names to the Hugging Face layout and leaves out the batch counters.
void normalise_resnet_keys(ParameterStore& store);

}  // namespace synood
