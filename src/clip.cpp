#include "clip.h"

#include "batch_options.h"

Napi::Function ClipObject::define(Napi::Env env) {
  auto methods = common();
  methods.push_back(InstanceMethod("encodeImages", &ClipObject::encode_images));
  methods.push_back(InstanceMethod("encodeText", &ClipObject::encode_text));
  methods.push_back(InstanceMethod("textHiddenStates", &ClipObject::text_hidden_states));
  methods.push_back(InstanceMethod("textPenultimateStates", &ClipObject::text_penultimate_states));
  methods.push_back(InstanceMethod("logitScale", &ClipObject::logit_scale));
  return DefineClass(env, "NativeClip", methods);
}

Napi::Value ClipObject::encode_images(const Napi::CallbackInfo& info) {
  const auto pixels = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(info, options.on_progress,
                    [pixels, size = options.batch_size, pad = options.pad](
                        synood::Clip& clip, const synood::JobControl& control) {
                      return clip.encode_images(pixels, size, pad, control);
                    });
}

Napi::Value ClipObject::encode_text(const Napi::CallbackInfo& info) {
  const auto ids = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(info, options.on_progress,
                    [ids, size = options.batch_size, pad = options.pad](synood::Clip& clip,
                                                                        const synood::JobControl& control) {
                      return clip.encode_text(ids, size, pad, control);
                    });
}

Napi::Value ClipObject::text_hidden_states(const Napi::CallbackInfo& info) {
  const auto ids = read_tensor(info[0]);
  return run_tensor(info, info.Env().Undefined(), [ids](synood::Clip& clip, const synood::JobControl&) {
    return clip.text_hidden_states(ids);
  });
}

Napi::Value ClipObject::text_penultimate_states(const Napi::CallbackInfo& info) {
  const auto ids = read_tensor(info[0]);
  return run_tensor(info, info.Env().Undefined(), [ids](synood::Clip& clip, const synood::JobControl&) {
    return clip.text_penultimate_states(ids);
  });
}

Napi::Value ClipObject::logit_scale(const Napi::CallbackInfo& info) {
  return run<double>(
      info, info.Env().Undefined(),
      [](synood::Clip& clip, const synood::JobControl&) { return clip.logit_scale(); },
      [](Napi::Env env, double&& scale) -> Napi::Value { return Napi::Number::New(env, scale); });
}
