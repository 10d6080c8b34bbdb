#include "nn/checkpoint.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <memory>

namespace synood {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Plan : torch::CustomClassHolder {
  CheckpointBlock block;
  size_t inputs = 0;  // the first ones of the saved tensors; parameters follow
};

struct Recompute : torch::autograd::Function<Recompute> {
  static at::Tensor forward(AutogradContext* context, at::TensorList tensors,
                            const c10::intrusive_ptr<Plan>& plan) {
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    context->save_for_backward(tensors.vec());
    const at::NoGradGuard no_grad;
    return plan->block({tensors.begin(), tensors.begin() + plan->inputs});
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto plan = c10::static_intrusive_pointer_cast<Plan>(context->saved_data["plan"].toCapsule());
    const auto saved = context->get_saved_variables();
    // One place more than tensors: the plan is an argument of forward too and has no gradient.
    variable_list result(saved.size() + 1);
    variable_list wanted;
    std::vector<size_t> places;
    std::vector<at::Tensor> inputs;
    for (size_t i = 0; i < saved.size(); ++i) {
      const bool needed = saved[i].requires_grad();
      const auto leaf = i < plan->inputs ? saved[i].detach().set_requires_grad(needed) : saved[i];
      if (i < plan->inputs) inputs.push_back(leaf);
      if (!needed) continue;
      wanted.push_back(leaf);
      places.push_back(i);
    }
    const at::AutoGradMode with_grad(true);
    const auto output = plan->block(inputs);
    const auto found = torch::autograd::grad({output}, wanted, {gradients[0]}, /*retain_graph=*/false,
                                             /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t i = 0; i < places.size(); ++i) result[places[i]] = found[i];
    return result;
  }
};

}  // namespace

at::Tensor checkpoint(const CheckpointBlock& block, const std::vector<at::Tensor>& inputs,
                      const std::vector<at::Tensor>& parameters) {
  auto tensors = inputs;
  tensors.insert(tensors.end(), parameters.begin(), parameters.end());
  const bool needed = at::GradMode::is_enabled() &&
                      std::any_of(tensors.begin(), tensors.end(),
                                  [](const auto& t) { return t.defined() && t.requires_grad(); });
  if (!needed) return block(inputs);
  auto plan = c10::make_intrusive<Plan>();
  plan->block = block;
  plan->inputs = inputs.size();
  return Recompute::apply(at::TensorList(tensors), plan);
}

}  // namespace synood
