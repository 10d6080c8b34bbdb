#include "unet.h"

#include "reader.h"
#include "specs.h"

Napi::Function UnetObject::define(Napi::Env env) {
  auto methods = common();
  methods.push_back(InstanceMethod("predict", &UnetObject::predict));
  return DefineClass(env, "NativeUnet", methods);
}

Napi::Value UnetObject::predict(const Napi::CallbackInfo& info) {
  const auto sample = read_tensor(info[0]);
  const auto timesteps = read_tensor(info[1]);
  const auto context = read_tensor(info[2]);
  const auto conditions = read_unet_conditions(info[3]);
  return run_tensor(info, info.Env().Undefined(),
                    [sample, timesteps, context, conditions](synood::Unet& unet, const synood::JobControl&) {
                      return unet.predict_conditioned(sample, timesteps, context, conditions);
                    });
}
