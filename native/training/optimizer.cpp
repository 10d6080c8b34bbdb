#include "training/optimizer.h"

#include "synood/error.h"
#include "training/learning_rate.h"

namespace synood {

namespace {

void check_options(const OptimizerOptions& o) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorCode::value, what); };
  if (o.kind != "adam" && o.kind != "adamw" && o.kind != "sgd")
    refuse("Expected an optimizer of kind adam, adamw or sgd, got '" + o.kind + "'.");
  if (!(o.learning_rate >= 0)) refuse("Expected a learning rate of at least 0.");
  if (!(o.beta1 >= 0 && o.beta1 < 1 && o.beta2 >= 0 && o.beta2 < 1)) refuse("Expected betas in [0, 1).");
  if (!(o.eps >= 0 && o.weight_decay >= 0 && o.momentum >= 0 && o.max_gradient_norm >= 0))
    refuse("Expected eps, weight decay, momentum and the largest gradient norm to be at least 0.");
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, const NamedTensors& parameters) : options_(options) {
  check_options(options);
  const bool moments = options.kind != "sgd";
  for (const auto& [name, parameter] : parameters) {
    // The fused operations walk raw memory.
    if (!parameter.is_contiguous())
      throw Error(ErrorCode::internal, "Parameter " + name + " is not contiguous.");
    names_.push_back(name);
    parameters_.push_back(parameter.detach());
    if (moments || options.momentum > 0) first_.push_back(at::zeros_like(parameters_.back()));
    if (moments) second_.push_back(at::zeros_like(parameters_.back()));
  }
}

// The parameters of one update that share their weight decay.
struct Optimizer::Group {
  double weight_decay = 0;
  std::vector<at::Tensor> parameters, gradients, first, second;
};

bool Optimizer::decays(size_t parameter) const {
  return !options_.decay_matrices_only || parameters_[parameter].dim() >= 2;
}

std::optional<Optimizer::Descent> Optimizer::descent(size_t parameter, int64_t step) const {
  if (options_.kind != "sgd") return std::nullopt;
  return Descent{learning_rate(options_, step), options_.momentum,
                 decays(parameter) ? options_.weight_decay : 0,
                 first_.empty() ? at::Tensor() : first_[parameter]};
}

void Optimizer::update(std::vector<at::Tensor> gradients, int64_t step) {
  at::NoGradGuard no_grad;
  Group decayed, spared;
  decayed.weight_decay = options_.weight_decay;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    auto& group = decays(i) ? decayed : spared;
    group.gradients.push_back(gradients[i].contiguous());
    group.parameters.push_back(parameters_[i]);
    if (!first_.empty()) group.first.push_back(first_[i]);
    if (!second_.empty()) group.second.push_back(second_[i]);
  }
  const double rate = learning_rate(options_, step);
  for (const auto& group : {decayed, spared}) {
    if (group.parameters.empty()) continue;
    update(group, rate, step);
    // The fused operations don't count as writing, and packed copies of a weight are renewed by this count.
    for (const auto& parameter : group.parameters)
      if (!parameter.is_inference()) parameter.unsafeGetTensorImpl()->bump_version();
  }
}

void Optimizer::update(const Group& group, double rate, int64_t step) {
  const auto& o = options_;
  if (o.kind == "sgd") {
    // A first momentum of zeros gives u = g, what torch.optim's first step does.
    at::_fused_sgd_(group.parameters, group.gradients, group.first, group.weight_decay, o.momentum, rate,
                    /*dampening=*/0, /*nesterov=*/false, /*maximize=*/false, /*is_first_step=*/false);
    return;
  }
  const auto count = at::full({}, static_cast<double>(step + 1), group.parameters.front().options());
  const std::vector<at::Tensor> counts(group.parameters.size(), count);
  const auto fused = [&](auto operation) {
    operation(group.parameters, group.gradients, group.first, group.second, at::TensorList{}, counts, rate,
              o.beta1, o.beta2, group.weight_decay, o.eps, /*amsgrad=*/false, /*maximize=*/false);
  };
  if (o.kind == "adam")
    fused([](auto&&... arguments) { at::_fused_adam_(arguments...); });
  else
    fused([](auto&&... arguments) { at::_fused_adamw_(arguments...); });
}

NamedTensors Optimizer::state() const {
  const bool moments = !second_.empty();
  NamedTensors state;
  for (size_t i = 0; i < first_.size(); ++i)
    state.emplace_back((moments ? "optimizer.exp_avg." : "optimizer.momentum.") + names_[i], first_[i]);
  for (size_t i = 0; i < second_.size(); ++i)
    state.emplace_back("optimizer.exp_avg_sq." + names_[i], second_[i]);
  return state;
}

double gradient_norm(const std::vector<at::Tensor>& gradients) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> defined;
  for (const auto& gradient : gradients)
    if (gradient.defined()) defined.push_back(gradient);
  if (defined.empty()) return 0;
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(defined))).item<double>();
}

void scale_gradients(std::vector<at::Tensor>& gradients, double factor) {
  at::NoGradGuard no_grad;
  for (auto& gradient : gradients)
    if (gradient.defined()) gradient.mul_(factor);
}

}  // namespace synood
