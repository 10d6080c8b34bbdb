#pragma once

#include "model_object.h"

class UnetObject : public ModelObject<UnetObject, synood::Unet> {
 public:
  static constexpr const char* kName = "UNet model";
  static Napi::Function define(Napi::Env env);
  using ModelObject::ModelObject;

 private:
  Napi::Value predict(const Napi::CallbackInfo& info);
};
