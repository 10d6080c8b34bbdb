#pragma once

#include "synood/specs.h"
#include "weights/parameters.h"

namespace synood {

// Brings the names in a CLIP folder to the one layout that the towers take: CLIPModel's of transformers. A
// CLIPTextModel or CLIPVisionModel saved by transformers 5 lacks the tower's prefix; a tower that `spec`
// leaves out is ignored, and so are stored position indices.
void normalise_clip_keys(ParameterStore& store, const ClipSpec& spec);

}  // namespace synood
