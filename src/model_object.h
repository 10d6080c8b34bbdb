#pragma once

#include <napi.h>

#include <memory>
#include <utility>

#include "held.h"
#include "job.h"
#include "synood/models.h"
#include "writer.h"

// What the JS classes of all models share: construction from an external, dispose(), bytes(), state().
template <typename Derived, typename T>
class ModelObject : public Napi::ObjectWrap<Derived> {
 public:
  using Base = ModelObject<Derived, T>;

  explicit ModelObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Derived>(info) {}

  static Napi::Object wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                           std::shared_ptr<EngineHandle> engine, std::shared_ptr<T> model) {
    const auto object = constructor.New({});
    const auto bytes = model->bytes();
    Napi::ObjectWrap<Derived>::Unwrap(object)->held_.hold(env, std::move(engine), std::move(model), bytes);
    return object;
  }

  void Finalize(Napi::Env env) override { held_.release(env); }

  const std::shared_ptr<T>& model() const { return held_.object(Derived::kName); }

 protected:
  static auto common() {
    return std::vector<Napi::ClassPropertyDescriptor<Derived>>{
        Napi::ObjectWrap<Derived>::InstanceMethod("dispose", static_cast<Method>(&Base::dispose)),
        Napi::ObjectWrap<Derived>::InstanceMethod("bytes", static_cast<Method>(&Base::bytes)),
        Napi::ObjectWrap<Derived>::InstanceMethod("state", static_cast<Method>(&Base::state))};
  }

  // Runs `body(model, control)` as a job.
  template <typename Result, typename Body, typename Pack>
  Napi::Value run(const Napi::CallbackInfo& info, const Napi::Value& on_progress, Body body, Pack pack) {
    return guarded(info.Env(), [&] {
      auto model = this->model();
      return Job<Result>::start(
          info, held_.engine(), on_progress,
          [model, body](const synood::JobControl& control) -> Result { return body(*model, control); }, pack);
    });
  }

  template <typename Body>
  Napi::Value run_tensor(const Napi::CallbackInfo& info, const Napi::Value& on_progress, Body body) {
    return run<synood::Tensor>(info, on_progress, body, write_tensor);
  }

  Held<T> held_;

 private:
  using Method = Napi::Value (Derived::*)(const Napi::CallbackInfo&);

  Napi::Value dispose(const Napi::CallbackInfo& info) {
    held_.release(info.Env());
    return info.Env().Undefined();
  }

  Napi::Value bytes(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      return Napi::Number::New(info.Env(), static_cast<double>(model()->bytes()));
    });
  }

  Napi::Value state(const Napi::CallbackInfo& info) {
    return run<std::vector<synood::NamedTensor>>(
        info, info.Env().Undefined(), [](T& model, const synood::JobControl&) { return model.state(); },
        write_named_tensors);
  }
};
