#include "models/resnet_keys.h"

#include <regex>

namespace synood {

std::string resnet_key(const std::string& name) {
  // std::regex recurses for each character: a name of a hostile file must not end the process.
  if (name.size() > 200) return name;
  static const std::regex stem("(conv|bn)1\\.(.+)");
  static const std::regex block(
      "layer([0-9]{1,3})\\.([0-9]{1,4})\\.(conv|bn|downsample\\.)([0-9]{1,3})\\.(.+)");
  static const std::regex head("fc\\.(.+)");
  std::smatch match;
  if (std::regex_match(name, match, stem)) {
    return "resnet.embedder.embedder." + std::string(match[1] == "conv" ? "convolution." : "normalization.") +
           match[2].str();
  }
  if (std::regex_match(name, match, head)) return "classifier.1." + match[1].str();
  if (!std::regex_match(name, match, block)) return name;
  const auto counted = [&](int group) { return std::stoi(match[group].str()); };
  const bool shortcut = match[3] == "downsample.";
  const bool convolution = shortcut ? counted(4) == 0 : match[3] == "conv";
  return "resnet.encoder.stages." + std::to_string(counted(1) - 1) + ".layers." + match[2].str() +
         (shortcut ? ".shortcut" : ".layer." + std::to_string(counted(4) - 1)) +
         (convolution ? ".convolution." : ".normalization.") + match[5].str();
}

void normalise_resnet_keys(ParameterStore& store) {
  const std::string counter = "num_batches_tracked";
  for (const auto& name : store.names()) {
    if (name.size() > counter.size() &&
        name.compare(name.size() - counter.size(), counter.size(), counter) == 0) {
      store.ignore(name);
    } else {
      store.rename(name, resnet_key(name));
    }
  }
}

}  // namespace synood
