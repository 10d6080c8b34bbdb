#pragma once

#include <ATen/ATen.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime.h"
#include "models/clip_encoder_training.h"
#include "synood/training.h"
#include "training/average.h"
#include "training/data_pool.h"
#include "training/loss_scale.h"
#include "training/optimizer.h"

namespace synood {

// What a batch, or a part of one, came to.
struct Evaluation {
  double loss = 0;
  double accuracy = std::numeric_limits<double>::quiet_NaN();
  // One a trained parameter, undefined where the loss does not depend on it. Valid until the next evaluation;
  // the loop may change them in place.
  std::vector<at::Tensor> gradients;
};

// A loss that autograd can differentiate, and the share of samples that come out right, if that means
// something.
struct Objective {
  at::Tensor loss;      // a scalar
  at::Tensor accuracy;  // a scalar or undefined
};

// What all trainers share: gather the samples of a step, compute the loss, differentiate it with respect to
// the trained parameters, update them. Parameters ask for gradients only while run() is at work, so that a
// model that is used between two runs builds no graphs.
//
// Whatever ends a run early (an abort, a loss or a gradient that is not finite), the parameters and the
// optimizer's state are those after the last whole step.
class TrainingLoop : public Trainer {
 public:
  std::vector<StepFigures> run(const std::vector<NamedView>& data, const TensorView& order,
                               const JobControl& control) override;
  int64_t steps_done() const override { return steps_done_; }
  std::vector<NamedTensor> state() const override;
  std::vector<NamedTensor> result() override;
  void load_state(const std::vector<NamedView>& state, int64_t steps_done) override;

 protected:
  // Of the parameters those are trained that options.trained names. buffers: what the forward pass changes on
  // its own (running statistics); part of the state.
  TrainingLoop(Runtime runtime, const NamedTensors& parameters, const NamedTensors& buffers,
               const TrainerOptions& options);

  virtual std::vector<Field> fields() const = 0;
  virtual void check(const DataPool& pool) const = 0;  // before the first step
  // A loop implements objective(), or evaluate() where it knows its gradients in closed form.
  virtual Objective objective(const Batch& batch);
  virtual Evaluation evaluate(const Batch& batch);
  virtual void after_update() {}  // without gradients

  // A whole step in one pass over the parameters, where a loop can do that: their gradients as a whole need
  // not exist then. What it leaves is what evaluate() and the optimizer would, but for rounding. Nothing,
  // with nothing changed, where it cannot. Asked where there is neither accumulation nor clipping.
  struct Updated {
    double loss, accuracy, gradient_norm;
  };
  virtual std::optional<Updated> update_at_once(const Batch&, const Optimizer&) { return std::nullopt; }

  // The named parameters or their averages, and buffers, under their own names; the tensors themselves.
  NamedTensors outcome() const;

  const TrainerOptions options_;
  const Runtime runtime_;

 private:
  StepFigures step(const DataPool& pool, int64_t row);
  std::optional<StepFigures> step_at_once(const DataPool& pool, int64_t row);
  Evaluation accumulated(const DataPool& pool, int64_t row);
  NamedTensors persistent() const;

  NamedTensors parameters_, buffers_;
  Optimizer optimizer_;
  std::optional<ParameterAverage> average_;
  LossScale scale_;
  EncoderMemory memory_;
  int64_t steps_done_ = 0;
};

// The share of rows whose largest logit is the label's.
at::Tensor top_1_accuracy(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace synood
