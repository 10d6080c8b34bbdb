#include "unet.h"

#include "reader.h"

Napi::Function UnetObject::define(Napi::Env env) {
  auto methods = common();
  methods.push_back(InstanceMethod("predict", &UnetObject::predict));
  return DefineClass(env, "NativeUnet", methods);
}

Napi::Value UnetObject::predict(const Napi::CallbackInfo& info) {
  const auto sample = read_tensor(info[0]);
  const auto timesteps = read_tensor(info[1]);
  const auto context = read_tensor(info[2]);
  return run_tensor(info, info.Env().Undefined(),
                    [sample, timesteps, context](synood::Unet& unet, const synood::JobControl&) {
                      return unet.predict(sample, timesteps, context);
                    });
}
