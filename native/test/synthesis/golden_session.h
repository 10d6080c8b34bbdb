#pragma once

#include <memory>
#include <string>
#include <vector>

#include "synthesis/synthesis.h"
#include "test/diffusion/fixtures.h"

namespace synood::test {

// Tiny models, and the draws of a folder of test/fixtures, as a synthesizer takes them.
struct GoldenSession {
  explicit GoldenSession(const std::string& draws = "skip_gradient") : golden(Fixture::open(draws)) {
    const auto folder = Fixture::open("resnet/basic");
    classifier = load_classifier({}, resnet_spec(folder.config()), folder.weight_source("model"));
    for (int row = 0; row < 2; ++row)
      masked.push_back(golden.tensor("masked_noise").select(1, row).contiguous());
  }

  const at::Tensor& tensor(const std::string& name) const { return golden.tensor(name); }

  // Of skip_gradient's parameters.
  SynthesisOptions options(const std::string& objective) const {
    SynthesisOptions out;
    out.batch_size = 2;
    out.height = out.width = 32;
    out.guidance_scale = parameters.at("guidance_scale");
    out.strength = parameters.at("strength");
    out.objective = objective;
    out.tolerance = 0;
    out.max_iterations = 3;
    out.step_rule = "fixed";
    out.step_size = 100;
    // Its boundary is on E = -score.
    const auto& boundaries = parameters.at("boundaries");
    out.boundary =
        objective == "msp" ? boundaries.at("msp").get<double>() : -boundaries.at("energy").get<double>();
    out.transform.resize = out.transform.crop = parameters.at("classifier").at("size");
    return out;
  }

  std::shared_ptr<Synthesizer> open(const SynthesisOptions& options) const {
    return create_synthesizer({}, models.unet, models.vae, models.text_encoder, classifier, options);
  }

  // `noise`: which of the folder's tensors the sample begins with
  void place(Synthesizer& session, int64_t row, const std::string& noise = "noise") const {
    const auto embeds = tensor("prompt_embeds");
    const auto mask = at::ones({1, 32, 32});
    const auto own = [&](const std::string& name) { return view(tensor(name)[row]); };
    SynthesisItem item;
    item.image = own("pixels");
    item.mask = view(mask);
    item.prompt_embeds = view(embeds[2 + row]);
    item.negative_embeds = view(embeds[row]);
    item.image_noise = own("image_noise");
    item.noise = own(noise);
    item.masked_image_noise = view(masked[static_cast<size_t>(row)]);
    session.place(row, item);
  }

  Fixture golden;
  nlohmann::json parameters = golden.parameters();
  Pipeline models{"inpaint/pipeline-9ch"};
  std::shared_ptr<ClassifierModel> classifier;
  std::vector<at::Tensor> masked;
};

}  // namespace synood::test
