#pragma once

#include <napi.h>

#include "held.h"
#include "synood/training.h"

class TrainerObject : public Napi::ObjectWrap<TrainerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Object wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                           std::shared_ptr<EngineHandle> engine, std::shared_ptr<synood::Trainer> trainer);
  using Napi::ObjectWrap<TrainerObject>::ObjectWrap;
  void Finalize(Napi::Env env) override { held_.release(env); }

 private:
  Napi::Value run(const Napi::CallbackInfo& info);
  Napi::Value steps_done(const Napi::CallbackInfo& info);
  Napi::Value state(const Napi::CallbackInfo& info);
  Napi::Value result(const Napi::CallbackInfo& info);
  Napi::Value load_state(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  Held<synood::Trainer> held_;
};
