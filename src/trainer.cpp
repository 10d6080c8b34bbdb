#include "trainer.h"

#include "job.h"
#include "specs.h"
#include "writer.h"

namespace {

// One list for each figure, as curves are drawn.
Napi::Value write_figures(Napi::Env env, const std::vector<synood::StepFigures>& figures) {
  const auto list = [&](double synood::StepFigures::*figure) {
    std::vector<double> numbers;
    for (const auto& step : figures) numbers.push_back(step.*figure);
    return write_numbers(env, numbers);
  };
  auto result = Napi::Object::New(env);
  result.Set("losses", list(&synood::StepFigures::loss));
  result.Set("learningRates", list(&synood::StepFigures::learning_rate));
  result.Set("accuracies", list(&synood::StepFigures::accuracy));
  result.Set("gradientNorms", list(&synood::StepFigures::gradient_norm));
  return result;
}

}  // namespace

Napi::Function TrainerObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativeTrainer",
      {InstanceMethod("run", &TrainerObject::run), InstanceMethod("stepsDone", &TrainerObject::steps_done),
       InstanceMethod("state", &TrainerObject::state), InstanceMethod("result", &TrainerObject::result),
       InstanceMethod("loadState", &TrainerObject::load_state),
       InstanceMethod("dispose", &TrainerObject::dispose)});
}

Napi::Object TrainerObject::wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                                 std::shared_ptr<EngineHandle> engine,
                                 std::shared_ptr<synood::Trainer> trainer) {
  const auto object = constructor.New({});
  Unwrap(object)->held_.hold(env, std::move(engine), std::move(trainer));
  return object;
}

Napi::Value TrainerObject::run(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto data = read_named_tensors(info[0]);
    const auto order = read_tensor(info[1]);
    const Reader callbacks(info[2]);
    const auto trainer = held_.object("trainer");
    return Job<std::vector<synood::StepFigures>>::start(
        info, held_.engine(), callbacks.at("onProgress"),
        [trainer, data, order](const synood::JobControl& control) {
          return trainer->run(data, order, control);
        },
        write_figures);
  });
}

Napi::Value TrainerObject::steps_done(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto trainer = held_.object("trainer");
    return Job<int64_t>::start(
        info, held_.engine(), info.Env().Undefined(),
        [trainer](const synood::JobControl&) { return trainer->steps_done(); },
        [](Napi::Env env, int64_t&& steps) -> Napi::Value {
          return Napi::Number::New(env, static_cast<double>(steps));
        });
  });
}

Napi::Value TrainerObject::state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto trainer = held_.object("trainer");
    return Job<std::vector<synood::NamedTensor>>::start(
        info, held_.engine(), info.Env().Undefined(),
        [trainer](const synood::JobControl&) { return trainer->state(); }, write_named_tensors);
  });
}

Napi::Value TrainerObject::result(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto trainer = held_.object("trainer");
    return Job<std::vector<synood::NamedTensor>>::start(
        info, held_.engine(), info.Env().Undefined(),
        [trainer](const synood::JobControl&) { return trainer->result(); }, write_named_tensors);
  });
}

Napi::Value TrainerObject::load_state(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto state = read_named_tensors(info[0]);
    const auto steps = info[1].As<Napi::Number>().Int64Value();
    const auto trainer = held_.object("trainer");
    return Job<bool>::start(
        info, held_.engine(), info.Env().Undefined(),
        [trainer, state, steps](const synood::JobControl&) {
          trainer->load_state(state, steps);
          return true;
        },
        [](Napi::Env env, bool&&) -> Napi::Value { return env.Undefined(); });
  });
}

Napi::Value TrainerObject::dispose(const Napi::CallbackInfo& info) {
  held_.release(info.Env());
  return info.Env().Undefined();
}
