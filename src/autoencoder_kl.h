#pragma once

#include "model_object.h"

class AutoencoderKlObject : public ModelObject<AutoencoderKlObject, synood::AutoencoderKl> {
 public:
  static constexpr const char* kName = "autoencoder model";
  static Napi::Function define(Napi::Env env);
  using ModelObject::ModelObject;

 private:
  Napi::Value encode(const Napi::CallbackInfo& info);
  Napi::Value decode(const Napi::CallbackInfo& info);
};
