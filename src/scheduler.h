#pragma once

#include <napi.h>

#include <memory>

#include "synood/scheduler.h"

// A scheduler by itself. Its calls are small and run at once, on the JS thread.
class SchedulerObject : public Napi::ObjectWrap<SchedulerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Object wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                           std::unique_ptr<synood::NoiseScheduler> scheduler);
  using Napi::ObjectWrap<SchedulerObject>::ObjectWrap;

 private:
  Napi::Value set_timesteps(const Napi::CallbackInfo& info);
  Napi::Value set_seed(const Napi::CallbackInfo& info);
  Napi::Value timesteps(const Napi::CallbackInfo& info);
  Napi::Value sigmas(const Napi::CallbackInfo& info);
  Napi::Value init_noise_sigma(const Napi::CallbackInfo& info);
  Napi::Value scale_model_input(const Napi::CallbackInfo& info);
  Napi::Value step(const Napi::CallbackInfo& info);
  Napi::Value add_noise(const Napi::CallbackInfo& info);

  std::unique_ptr<synood::NoiseScheduler> scheduler_;
};
