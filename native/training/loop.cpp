#include "training/loop.h"

#include <cmath>
#include <map>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {

namespace {

class GradientsRequired {
 public:
  explicit GradientsRequired(const NamedTensors& parameters) : parameters_(parameters) { set(true); }
  ~GradientsRequired() { set(false); }
  GradientsRequired(const GradientsRequired&) = delete;
  GradientsRequired& operator=(const GradientsRequired&) = delete;

 private:
  void set(bool required) const {
    for (const auto& [name, parameter] : parameters_) parameter.set_requires_grad(required);
  }
  const NamedTensors& parameters_;
};

Runtime checked(Runtime runtime) {
  if (runtime.dtype != at::kFloat)
    throw Error(ErrorCode::value,
                "Training needs parameters in float32: open the engine with dtype float32 and load the model "
                "again.");
  return runtime;
}

}  // namespace

TrainingLoop::TrainingLoop(Runtime runtime, const NamedTensors& parameters, const NamedTensors& buffers,
                           const TrainerOptions& options)
    : options_(options),
      runtime_(checked(runtime)),
      parameters_(parameters),
      buffers_(buffers),
      optimizer_(options.optimizer, parameters) {}

std::vector<double> TrainingLoop::run(const std::vector<NamedView>& data, const TensorView& order,
                                      const JobControl& control) {
  const DataPool pool(data, fields(), order);
  check(pool);
  const GradientsRequired required(parameters_);
  at::AutoGradMode gradients(true);
  std::vector<double> losses;
  for (int64_t row = 0; row < pool.steps(); ++row) {
    control.check();
    losses.push_back(step(pool, row));
    control.report({"train", row + 1, pool.steps(), losses.back()});
  }
  return losses;
}

double TrainingLoop::step(const DataPool& pool, int64_t row) {
  const Batch batch(pool, runtime_, row, derive_seed(options_.seed, static_cast<uint64_t>(steps_done_)));
  std::vector<at::Tensor> inputs;
  for (const auto& [name, parameter] : parameters_) inputs.push_back(parameter);
  const auto objective = loss(batch);
  const double value = objective.item<double>();
  if (!std::isfinite(value))
    throw Error(ErrorCode::value,
                "The loss of step " + std::to_string(steps_done_) +
                    " is not finite; lower the learning rate, or set a largest gradient norm.");
  auto gradients = torch::autograd::grad({objective}, inputs, {}, /*retain_graph=*/false,
                                         /*create_graph=*/false, /*allow_unused=*/true);
  optimizer_.update(std::move(gradients), steps_done_);
  {
    at::NoGradGuard no_grad;
    after_update();
  }
  ++steps_done_;
  return value;
}

NamedTensors TrainingLoop::persistent() const {
  NamedTensors all;
  for (const auto& [name, parameter] : parameters_) all.emplace_back(name, parameter.detach());
  all.insert(all.end(), buffers_.begin(), buffers_.end());
  const auto optimizer = optimizer_.state();
  all.insert(all.end(), optimizer.begin(), optimizer.end());
  return all;
}

std::vector<NamedTensor> TrainingLoop::state() const {
  std::vector<NamedTensor> state;
  for (const auto& [name, tensor] : persistent()) state.push_back({name, to_host(tensor)});
  return state;
}

void TrainingLoop::load_state(const std::vector<NamedView>& state, int64_t steps_done) {
  if (steps_done < 0) throw Error(ErrorCode::value, "Expected steps done of at least 0.");
  std::map<std::string, TensorView> views;
  for (const auto& [name, view] : state) views[name] = view;
  const auto own = persistent();
  // All is checked before anything changes: a state that does not fit leaves the trainer as it was.
  for (const auto& [name, tensor] : own) {
    const auto found = views.find(name);
    if (found == views.end())
      throw Error(ErrorCode::model_format,
                  "The state of this trainer needs '" + name + "', which is missing.");
    if (found->second.shape != tensor.sizes().vec())
      throw Error(ErrorCode::shape, "Expected " + name + " " + shape_text(tensor.sizes()) + ", got " +
                                        shape_text(found->second.shape) + ".");
  }
  if (views.size() != own.size()) {
    for (const auto& [name, tensor] : own) views.erase(name);
    throw Error(ErrorCode::model_format,
                "The state holds '" + views.begin()->first + "', which this trainer does not know.");
  }
  at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : own) at::Tensor(tensor).copy_(borrow(views.at(name)));
  steps_done_ = steps_done;
}

}  // namespace synood
