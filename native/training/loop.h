#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "engine/runtime.h"
#include "synood/training.h"
#include "training/data_pool.h"
#include "training/optimizer.h"

namespace synood {

// What all trainers share: gather the samples of a step, compute the loss, differentiate it with respect to
// the trained parameters, update them. Parameters ask for gradients only while run() is at work, so that a
// model that is used between two runs builds no graphs.
//
// Whatever ends a run early (an abort, a loss that is not finite), the parameters and the optimizer's state
// are those after the last whole step.
class TrainingLoop : public Trainer {
 public:
  std::vector<double> run(const std::vector<NamedView>& data, const TensorView& order,
                          const JobControl& control) override;
  int64_t steps_done() const override { return steps_done_; }
  std::vector<NamedTensor> state() const override;
  void load_state(const std::vector<NamedView>& state, int64_t steps_done) override;

 protected:
  // buffers: what the forward pass changes on its own (running statistics); part of the state
  TrainingLoop(Runtime runtime, const NamedTensors& parameters, const NamedTensors& buffers,
               const TrainerOptions& options);

  virtual std::vector<Field> fields() const = 0;
  virtual void check(const DataPool& pool) const = 0;  // before the first step
  virtual at::Tensor loss(const Batch& batch) = 0;     // a scalar
  virtual void after_update() {}                       // without gradients

  const TrainerOptions options_;
  const Runtime runtime_;

 private:
  double step(const DataPool& pool, int64_t row);
  NamedTensors persistent() const;

  NamedTensors parameters_, buffers_;
  Optimizer optimizer_;
  int64_t steps_done_ = 0;
};

}  // namespace synood
