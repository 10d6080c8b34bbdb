#pragma once

#include <memory>

#include "engine/runtime.h"
#include "synood/detection.h"

namespace synood {

std::shared_ptr<Detection> create_detection(Runtime runtime);

}  // namespace synood
