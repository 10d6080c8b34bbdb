#pragma once

#include "model_object.h"

class ClipObject : public ModelObject<ClipObject, synood::Clip> {
 public:
  static constexpr const char* kName = "CLIP model";
  static Napi::Function define(Napi::Env env);
  using ModelObject::ModelObject;

 private:
  Napi::Value encode_images(const Napi::CallbackInfo& info);
  Napi::Value encode_text(const Napi::CallbackInfo& info);
  Napi::Value text_penultimate_states(const Napi::CallbackInfo& info);
  Napi::Value text_hidden_states(const Napi::CallbackInfo& info);
  Napi::Value logit_scale(const Napi::CallbackInfo& info);
};
