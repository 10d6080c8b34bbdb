#include "training/text_branch.h"

#include <map>

#include "synood/error.h"

namespace synood {

namespace {

const ClipTextSpec& text_spec(const ClipModel& clip) {
  if (!clip.spec().text || clip.spec().text->projection_dim == 0)
    throw Error(ErrorCode::value, "Expected a CLIP model with a text tower and its projection.");
  return *clip.spec().text;
}

}  // namespace

TextBranch::TextBranch(ClipModel& clip, Values values)
    : store_(WeightSource{}, clip.runtime()), text_(store_.root(), text_spec(clip)) {
  store_.finish();
  std::map<std::string, at::Tensor> own;
  for (const auto& [name, parameter] : clip.store().parameters()) own.emplace(name, parameter);
  const at::NoGradGuard no_grad;
  for (const auto& [name, parameter] : store_.parameters()) {
    if (values == Values::shared)
      at::Tensor(parameter).set_data(own.at(name).detach());
    else
      at::Tensor(parameter).copy_(own.at(name));
  }
}

}  // namespace synood
