#include "synthesis/skip_gradient.h"

#include <torch/csrc/autograd/autograd.h>

#include <utility>

#include "diffusion/latent_space.h"
#include "synood/error.h"

namespace synood {

SkipGradient::SkipGradient(Runtime runtime, std::shared_ptr<AutoencoderKlModel> vae,
                           std::shared_ptr<ClassifierModel> classifier, const SynthesisOptions& options)
    : runtime_(runtime),
      vae_(std::move(vae)),
      classifier_(std::move(classifier)),
      transform_(options.transform),
      objective_(parse_objective(options.objective)),
      temperature_(options.temperature),
      boundary_(options.boundary),
      scaled_(options.latent_gradient == "scaled") {
  if (!scaled_ && options.latent_gradient != "unscaled") {
    throw Error(ErrorCode::config,
                "Expected latent_gradient 'unscaled' or 'scaled', got '" + options.latent_gradient + "'.");
  }
}

Judged SkipGradient::judge(const at::Tensor& latents, bool record) const {
  Judged out;
  const at::AutoGradMode mode(record);
  auto u = unscale(latents.detach(), vae_->spec());
  if (record) out.leaf = u.requires_grad_(true);
  const auto image = to_unit_range(vae_->decode_latents(u.to(runtime_.dtype)));
  const auto logits = classifier_->forward(transform_pixels(image, transform_).to(runtime_.dtype));
  out.image = image.detach();
  // Row by row in double precision: a vectorised loop over all rows rounds its last few numbers otherwise
  // than the rest, and a score would depend on its place in the batch.
  for (const auto& row : logits.to(at::kDouble).unbind(0)) {
    out.scores.push_back(objective_score(objective_, row.detach(), temperature_).item<double>());
    out.losses.push_back(objective_loss(objective_, row, temperature_, boundary_));
  }
  return out;
}

at::Tensor SkipGradient::gradient(Judged& judged, const std::vector<bool>& wanted) const {
  const at::AutoGradMode mode(true);
  std::vector<at::Tensor> losses;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) losses.push_back(judged.losses.at(i));
  }
  if (!judged.leaf.defined() || losses.empty())
    throw Error(ErrorCode::internal, "There is no loss to differentiate.");
  auto gradient = torch::autograd::grad({at::stack(losses).sum()}, {judged.leaf}).at(0).detach();
  judged.leaf.reset();
  judged.losses.clear();
  return scaled_ ? gradient / vae_->spec().scaling_factor : gradient;
}

}  // namespace synood
