#pragma once

#include <napi.h>

#include "held.h"
#include "synood/diffusion.h"

class InpainterObject : public Napi::ObjectWrap<InpainterObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Object wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                           std::shared_ptr<EngineHandle> engine,
                           std::shared_ptr<synood::Inpainter> inpainter);
  using Napi::ObjectWrap<InpainterObject>::ObjectWrap;
  void Finalize(Napi::Env env) override { held_.release(env); }

 private:
  Napi::Value inpaint(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  Held<synood::Inpainter> held_;
};
