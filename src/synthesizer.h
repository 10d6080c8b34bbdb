#pragma once

#include <napi.h>

#include "held.h"
#include "synood/synthesis.h"

class SynthesizerObject : public Napi::ObjectWrap<SynthesizerObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Object wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                           std::shared_ptr<EngineHandle> engine,
                           std::shared_ptr<synood::Synthesizer> synthesizer);
  using Napi::ObjectWrap<SynthesizerObject>::ObjectWrap;
  void Finalize(Napi::Env env) override { held_.release(env); }

 private:
  Napi::Value place(const Napi::CallbackInfo& info);
  Napi::Value iterate(const Napi::CallbackInfo& info);
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value image(const Napi::CallbackInfo& info);
  Napi::Value gradient(const Napi::CallbackInfo& info);
  Napi::Value noise(const Napi::CallbackInfo& info);
  Napi::Value score(const Napi::CallbackInfo& info);
  Napi::Value compare_gradients(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  Held<synood::Synthesizer> held_;
};
