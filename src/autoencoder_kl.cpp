#include "autoencoder_kl.h"

#include "batch_options.h"

Napi::Function AutoencoderKlObject::define(Napi::Env env) {
  auto methods = common();
  methods.push_back(InstanceMethod("encode", &AutoencoderKlObject::encode));
  methods.push_back(InstanceMethod("decode", &AutoencoderKlObject::decode));
  return DefineClass(env, "NativeAutoencoderKl", methods);
}

Napi::Value AutoencoderKlObject::encode(const Napi::CallbackInfo& info) {
  const auto pixels = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(
      info, options.on_progress,
      [pixels, size = options.batch_size](synood::AutoencoderKl& vae, const synood::JobControl& control) {
        return vae.encode(pixels, size, control);
      });
}

Napi::Value AutoencoderKlObject::decode(const Napi::CallbackInfo& info) {
  const auto latents = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(
      info, options.on_progress,
      [latents, size = options.batch_size](synood::AutoencoderKl& vae, const synood::JobControl& control) {
        return vae.decode(latents, size, control);
      });
}
