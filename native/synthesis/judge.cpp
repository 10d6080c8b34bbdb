#include "synthesis/judge.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "diffusion/latent_space.h"
#include "synood/error.h"
#include "synthesis/boundary.h"

namespace synood {
namespace {

// One of two words; whether it is the second.
bool second_of(const std::string& name, const std::string& first, const std::string& second,
               const std::string& given) {
  if (given == first || given == second) return given == second;
  throw Error(ErrorCode::config,
              "Expected " + name + " '" + first + "' or '" + second + "', got '" + given + "'.");
}

// clamp(x, 0, 1) whose gradient passes as if nothing had been cut off (Bengio et al., 2013).
struct StraightThroughClamp : torch::autograd::Function<StraightThroughClamp> {
  static at::Tensor forward(torch::autograd::AutogradContext*, const at::Tensor& x) { return x.clamp(0, 1); }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 const torch::autograd::variable_list& gradients) {
    return gradients;
  }
};

}  // namespace

Judge::Judge(Runtime runtime, std::shared_ptr<AutoencoderKlModel> vae, ImageLogits logits,
             const SynthesisOptions& options)
    : runtime_(runtime),
      vae_(std::move(vae)),
      logits_(std::move(logits)),
      objective_(parse_objective(options.objective)),
      temperature_(options.temperature),
      target_(stop_rule(options).target),
      scaled_(second_of("latent_gradient", "unscaled", "scaled", options.latent_gradient)),
      straight_through_(second_of("saturation", "clamp", "straight-through", options.saturation)) {}

at::Tensor Judge::to_image(const at::Tensor& decoded) const {
  if (!straight_through_) return to_unit_range(decoded);
  return StraightThroughClamp::apply(decoded.to(at::kFloat) / 2 + 0.5);
}

Judged Judge::judge(const Denoised& denoised, bool record) const {
  Judged out;
  const at::AutoGradMode mode(record);
  at::Tensor u;
  if (denoised.leaf.defined()) {
    u = unscale(denoised.latents, vae_->spec());
    out.leaf = denoised.leaf;
  } else {
    auto z = denoised.latents.detach();
    if (record && scaled_) out.leaf = z.requires_grad_(true);
    u = unscale(z, vae_->spec());
    if (record && !scaled_) out.leaf = u.requires_grad_(true);
  }
  const auto image = to_image(vae_->decode_latents(u.to(runtime_.dtype)));
  out.image = image.detach();
  // Row by row in double precision: a vectorised loop over all rows rounds its last few numbers otherwise
  // than the rest, and a score would depend on its place in the batch.
  for (const auto& row : logits_.call(image).to(at::kDouble).unbind(0)) {
    out.scores.push_back(objective_score(objective_, row.detach(), temperature_).item<double>());
    out.losses.push_back(objective_loss(objective_, row, temperature_, target_));
  }
  return out;
}

std::vector<double> Judge::scores(const at::Tensor& images) const {
  std::vector<double> out;
  for (const auto& row : logits_.call(images).to(at::kDouble).unbind(0)) {
    out.push_back(objective_score(objective_, row, temperature_).item<double>());
  }
  return out;
}

at::Tensor Judge::gradient(Judged& judged, const std::vector<bool>& wanted) {
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
  return gradient;
}

}  // namespace synood
