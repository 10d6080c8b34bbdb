#pragma once

#include <napi.h>

#include <memory>

#include "engine_handle.h"
#include "synood/engine.h"

class EngineObject : public Napi::ObjectWrap<EngineObject> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Object wrap(Napi::Env env, std::shared_ptr<EngineHandle> handle);
  using Napi::ObjectWrap<EngineObject>::ObjectWrap;

 private:
  Napi::Value info(const Napi::CallbackInfo& info);
  Napi::Value load_clip(const Napi::CallbackInfo& info);
  Napi::Value load_unet(const Napi::CallbackInfo& info);
  Napi::Value load_autoencoder_kl(const Napi::CallbackInfo& info);
  Napi::Value load_autoencoder_tiny(const Napi::CallbackInfo& info);
  Napi::Value load_classifier(const Napi::CallbackInfo& info);
  Napi::Value load_vit_classifier(const Napi::CallbackInfo& info);
  Napi::Value create_inpainter(const Napi::CallbackInfo& info);
  Napi::Value create_synthesizer(const Napi::CallbackInfo& info);
  Napi::Value create_trainer(const Napi::CallbackInfo& info);
  Napi::Value neg_label_score(const Napi::CallbackInfo& info);
  Napi::Value candidate_distances(const Napi::CallbackInfo& info);
  Napi::Value cosines(const Napi::CallbackInfo& info);
  Napi::Value project(const Napi::CallbackInfo& info);
  Napi::Value compute_detection(const Napi::CallbackInfo& info);
  Napi::Value odin_logits(const Napi::CallbackInfo& info);
  Napi::Value placeholder_states(const Napi::CallbackInfo& info);
  Napi::Value cancel_all(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);

  std::shared_ptr<EngineHandle> handle_;
};
