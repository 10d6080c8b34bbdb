#pragma once

#include "models/clip_text.h"
#include "models/models.h"

namespace synood {

// Another text tower of a CLIP model, of the same architecture and with the same values to begin with.
class TextBranch {
 public:
  // copied: parameters of its own, to be trained; shared: the model's memory, for reading
  enum class Values { copied, shared };
  TextBranch(ClipModel& clip, Values values);

  const ClipText& text() const { return text_; }
  ParameterStore& store() { return store_; }

 private:
  ParameterStore store_;
  ClipText text_;
};

}  // namespace synood
