#include "classifier.h"

#include "batch_options.h"
#include "specs.h"

Napi::Function ClassifierObject::define(Napi::Env env) {
  auto methods = common();
  methods.push_back(InstanceMethod("logits", &ClassifierObject::logits));
  methods.push_back(InstanceMethod("scoreLogits", &ClassifierObject::score_logits));
  methods.push_back(InstanceMethod("features", &ClassifierObject::features));
  return DefineClass(env, "NativeClassifier", methods);
}

Napi::Value ClassifierObject::logits(const Napi::CallbackInfo& info) {
  const auto pixels = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(
      info, options.on_progress,
      [pixels, size = options.batch_size](synood::Classifier& classifier, const synood::JobControl& control) {
        return classifier.logits(pixels, size, control);
      });
}

Napi::Value ClassifierObject::score_logits(const Napi::CallbackInfo& info) {
  const auto pixels = read_tensor(info[0]);
  const auto transform = read_pixel_transform(info[1]);
  const BatchOptions options(info[2]);
  return run_tensor(info, options.on_progress,
                    [pixels, transform, size = options.batch_size](synood::Classifier& classifier,
                                                                   const synood::JobControl& control) {
                      return classifier.score_logits(pixels, transform, size, control);
                    });
}

Napi::Value ClassifierObject::features(const Napi::CallbackInfo& info) {
  const auto pixels = read_tensor(info[0]);
  const BatchOptions options(info[1]);
  return run_tensor(
      info, options.on_progress,
      [pixels, size = options.batch_size](synood::Classifier& classifier, const synood::JobControl& control) {
        return classifier.features(pixels, size, control);
      });
}
