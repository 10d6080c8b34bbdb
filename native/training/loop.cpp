#include "training/loop.h"

#include <ATen/autocast_mode.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/convert.h"
#include "synood/error.h"
#include "training/learning_rate.h"

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

// What torch.autocast does: matrix products in half precision, sums and norms in float32.
class Autocast {
 public:
  Autocast(const std::string& precision, at::DeviceType device)
      : device_(device), on_(precision != "float32") {
    if (!on_) return;
    at::autocast::set_autocast_dtype(device_, precision == "float16" ? at::kHalf : at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
    at::autocast::increment_nesting();
  }
  ~Autocast() {
    if (!on_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool on_;
};

Runtime checked(Runtime runtime, const TrainerOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(ErrorCode::value, what); };
  if (runtime.dtype != at::kFloat)
    refuse(
        "Training needs parameters in float32: open the engine with dtype float32 and load the model again. "
        "To compute in half precision set the training's precision.");
  const auto& precision = options.precision;
  if (precision != "float32" && precision != "bfloat16" && precision != "float16")
    refuse("Expected precision float32, bfloat16 or float16, got '" + precision + "'.");
  if (precision != "float32" && !runtime.device.is_cuda())
    refuse("Training in " + precision + " needs a GPU; the CPU trains in float32.");
  if (options.accumulation < 1)
    refuse("Expected accumulation of at least 1, got " + std::to_string(options.accumulation) + ".");
  const auto& augmentation = options.augmentation;
  if (!(augmentation.minimum_share > 0 && augmentation.minimum_share <= 1))
    refuse("Expected the minimum share of a crop to lie in (0, 1].");
  if (!(augmentation.jitter >= 0 && augmentation.jitter < 1)) refuse("Expected a jitter in [0, 1).");
  return runtime;
}

bool begins(const std::string& name, const std::string& with) { return name.rfind(with, 0) == 0; }

bool is_trained(const std::string& name, const std::vector<std::string>& trained) {
  if (trained.empty()) return true;
  return std::any_of(trained.begin(), trained.end(), [&](auto& prefix) { return begins(name, prefix); });
}

NamedTensors chosen(const NamedTensors& parameters, const std::vector<std::string>& trained) {
  for (const auto& prefix : trained) {
    const bool found = std::any_of(parameters.begin(), parameters.end(),
                                   [&](auto& entry) { return begins(entry.first, prefix); });
    if (!found)
      throw Error(ErrorCode::value,
                  "Expected to train parameters that begin with '" + prefix + "'; the model has none.");
  }
  NamedTensors result;
  for (const auto& entry : parameters)
    if (is_trained(entry.first, trained)) result.push_back(entry);
  return result;
}

std::vector<NamedTensor> on_host(const NamedTensors& tensors) {
  std::vector<NamedTensor> copies;
  for (const auto& [name, tensor] : tensors) copies.push_back({name, to_host(tensor)});
  return copies;
}

std::string not_finite(const char* what, int64_t step) {
  return std::string("The ") + what + " of step " + std::to_string(step) +
         " is not finite; lower the learning rate, or set a largest gradient norm. Nothing after step " +
         std::to_string(step - 1) + " was kept.";
}

}  // namespace

at::Tensor top_1_accuracy(const at::Tensor& logits, const at::Tensor& labels) {
  const at::NoGradGuard no_grad;
  return logits.detach().argmax(-1).eq(labels).to(at::kFloat).mean();
}

TrainingLoop::TrainingLoop(Runtime runtime, const NamedTensors& parameters, const NamedTensors& buffers,
                           const TrainerOptions& options)
    : options_(options),
      runtime_(checked(runtime, options)),
      parameters_(chosen(parameters, options.trained)),
      buffers_(buffers),
      optimizer_(options.optimizer, parameters_),
      scale_(options.precision == "float16") {
  if (options.ema_decay != 0) average_.emplace(options.ema_decay, parameters_);
}

std::vector<StepFigures> TrainingLoop::run(const std::vector<NamedView>& data, const TensorView& order,
                                           const JobControl& control) {
  const DataPool pool(data, fields(), order);
  if (pool.batch_size() % options_.accumulation != 0)
    throw Error(ErrorCode::shape, "Expected a batch that divides into " +
                                      std::to_string(options_.accumulation) + " parts, got " +
                                      std::to_string(pool.batch_size()) + " samples.");
  check(pool);
  const GradientsRequired required(parameters_);
  at::AutoGradMode gradients(true);
  std::vector<StepFigures> figures;
  for (int64_t row = 0; row < pool.steps(); ++row) {
    control.check();
    figures.push_back(step(pool, row));
    control.report({"train", row + 1, pool.steps(), figures.back().loss});
  }
  return figures;
}

Objective TrainingLoop::objective(const Batch&) {
  throw Error(ErrorCode::internal, "This loop has neither an objective nor gradients of its own.");
}

Evaluation TrainingLoop::evaluate(const Batch& batch) {
  const EncoderMemory::Scope memory(memory_);
  std::vector<at::Tensor> inputs;
  for (const auto& [name, parameter] : parameters_) inputs.push_back(parameter);
  Objective found;
  {
    const Autocast autocast(options_.precision, runtime_.device.type());
    found = objective(batch);
  }
  Evaluation result;
  result.loss = found.loss.item<double>();
  if (found.accuracy.defined()) result.accuracy = found.accuracy.item<double>();
  if (!std::isfinite(result.loss)) return result;
  const auto scaled = scale_.active() ? found.loss * scale_.value() : found.loss;
  result.gradients = torch::autograd::grad({scaled}, inputs, {}, /*retain_graph=*/false,
                                           /*create_graph=*/false, /*allow_unused=*/true);
  return result;
}

// The average over the parts of a batch.
Evaluation TrainingLoop::accumulated(const DataPool& pool, int64_t row) {
  const auto seed = derive_seed(options_.seed, static_cast<uint64_t>(steps_done_));
  const int64_t parts = options_.accumulation, size = pool.batch_size() / parts;
  if (parts == 1) return evaluate(Batch(pool, runtime_, row, seed, 0, size));
  Evaluation sum{0, 0, std::vector<at::Tensor>(parameters_.size())};
  const double share = 1.0 / static_cast<double>(parts);
  for (int64_t part = 0; part < parts; ++part) {
    const auto found = evaluate(Batch(pool, runtime_, row, seed, part * size, size));
    sum.loss += share * found.loss;
    sum.accuracy += share * found.accuracy;
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < found.gradients.size(); ++i) {
      if (!found.gradients[i].defined()) continue;
      if (sum.gradients[i].defined())
        sum.gradients[i].add_(found.gradients[i], share);
      else
        sum.gradients[i] = found.gradients[i] * share;
    }
  }
  return sum;
}

std::optional<StepFigures> TrainingLoop::step_at_once(const DataPool& pool, int64_t row) {
  if (options_.accumulation > 1 || options_.optimizer.max_gradient_norm > 0) return std::nullopt;
  const at::NoGradGuard no_grad;
  const auto seed = derive_seed(options_.seed, static_cast<uint64_t>(steps_done_));
  const auto done = update_at_once(Batch(pool, runtime_, row, seed, 0, pool.batch_size()), optimizer_);
  if (!done) return std::nullopt;
  if (average_) average_->update(steps_done_);
  after_update();
  const double rate = learning_rate(options_.optimizer, steps_done_++);
  return StepFigures{done->loss, rate, done->accuracy, done->gradient_norm};
}

StepFigures TrainingLoop::step(const DataPool& pool, int64_t row) {
  if (const auto done = step_at_once(pool, row)) return *done;
  auto found = accumulated(pool, row);
  if (!std::isfinite(found.loss)) throw Error(ErrorCode::value, not_finite("loss", steps_done_));
  const at::NoGradGuard no_grad;
  const auto& options = options_.optimizer;
  double norm = gradient_norm(found.gradients) / scale_.value();
  const bool finite = std::isfinite(norm);
  if (!finite && !scale_.active()) throw Error(ErrorCode::value, not_finite("gradient", steps_done_));
  if (finite) {
    double factor = 1 / scale_.value();
    if (options.max_gradient_norm > 0) factor *= std::min(1.0, options.max_gradient_norm / (norm + 1e-6));
    if (factor != 1) scale_gradients(found.gradients, factor);
    optimizer_.update(std::move(found.gradients), steps_done_);
    if (average_) average_->update(steps_done_);
    after_update();
    scale_.succeeded();
  } else {
    scale_.overflowed();
  }
  const double rate = learning_rate(options, steps_done_++);
  return {found.loss, rate, found.accuracy, norm};
}

NamedTensors TrainingLoop::persistent() const {
  NamedTensors all;
  const auto add = [&](const NamedTensors& tensors) {
    all.insert(all.end(), tensors.begin(), tensors.end());
  };
  for (const auto& [name, parameter] : parameters_) all.emplace_back(name, parameter.detach());
  add(buffers_);
  add(optimizer_.state());
  if (average_) add(average_->state());
  add(scale_.state());
  return all;
}

NamedTensors TrainingLoop::outcome() const {
  NamedTensors all;
  const auto averages = average_ ? average_->state() : NamedTensors{};
  for (size_t i = 0; i < parameters_.size(); ++i)
    all.emplace_back(parameters_[i].first, average_ ? averages[i].second : parameters_[i].second.detach());
  all.insert(all.end(), buffers_.begin(), buffers_.end());
  return all;
}

std::vector<NamedTensor> TrainingLoop::state() const { return on_host(persistent()); }

std::vector<NamedTensor> TrainingLoop::result() { return on_host(outcome()); }

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
