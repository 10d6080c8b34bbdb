#pragma once

#include "model_object.h"

class ClassifierObject : public ModelObject<ClassifierObject, synood::Classifier> {
 public:
  static constexpr const char* kName = "classifier model";
  static Napi::Function define(Napi::Env env);
  using ModelObject::ModelObject;

 private:
  Napi::Value logits(const Napi::CallbackInfo& info);
  Napi::Value score_logits(const Napi::CallbackInfo& info);
  Napi::Value features(const Napi::CallbackInfo& info);
};
