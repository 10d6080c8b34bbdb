#include "synthesizer.h"

#include "job.h"
#include "specs.h"
#include "writer.h"

namespace {

Napi::Value write_reports(Napi::Env env, std::vector<synood::SlotReport>&& reports) {
  const auto array = Napi::Array::New(env, reports.size());
  for (uint32_t i = 0; i < reports.size(); ++i) {
    const auto& report = reports[i];
    auto object = Napi::Object::New(env);
    object.Set("slot", Napi::Number::New(env, static_cast<double>(report.slot)));
    object.Set("iteration", Napi::Number::New(env, static_cast<double>(report.iteration)));
    object.Set("score", Napi::Number::New(env, report.score));
    object.Set("gradientNorm", Napi::Number::New(env, report.gradient_norm));
    object.Set("stepSize", Napi::Number::New(env, report.step_size));
    object.Set("finished", Napi::Boolean::New(env, report.finished));
    object.Set("accepted", Napi::Boolean::New(env, report.accepted));
    object.Set("reason", report.reason);
    array.Set(i, object);
  }
  return array;
}

Napi::Value write_comparisons(Napi::Env env, std::vector<synood::GradientComparison>&& comparisons) {
  const auto array = Napi::Array::New(env, comparisons.size());
  for (uint32_t i = 0; i < comparisons.size(); ++i) {
    const auto& one = comparisons[i];
    auto object = Napi::Object::New(env);
    const auto set = [&](const char* key, double value) { object.Set(key, Napi::Number::New(env, value)); };
    set("slot", static_cast<double>(one.slot));
    set("method", static_cast<double>(one.method));
    set("norm", one.norm);
    set("cosine", one.cosine);
    set("normRatio", one.norm_ratio);
    set("score", one.score);
    set("scoreAfter", one.score_after);
    set("loss", one.loss);
    set("lossAfter", one.loss_after);
    array.Set(i, object);
  }
  return array;
}

}  // namespace

Napi::Function SynthesizerObject::define(Napi::Env env) {
  return DefineClass(
      env, "NativeSynthesizer",
      {InstanceMethod("place", &SynthesizerObject::place),
       InstanceMethod("iterate", &SynthesizerObject::iterate),
       InstanceMethod("take", &SynthesizerObject::take), InstanceMethod("image", &SynthesizerObject::image),
       InstanceMethod("gradient", &SynthesizerObject::gradient),
       InstanceMethod("noise", &SynthesizerObject::noise), InstanceMethod("score", &SynthesizerObject::score),
       InstanceMethod("compareGradients", &SynthesizerObject::compare_gradients),
       InstanceMethod("dispose", &SynthesizerObject::dispose)});
}

Napi::Object SynthesizerObject::wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                                     std::shared_ptr<EngineHandle> engine,
                                     std::shared_ptr<synood::Synthesizer> synthesizer) {
  const auto object = constructor.New({});
  Unwrap(object)->held_.hold(env, std::move(engine), std::move(synthesizer));
  return object;
}

Napi::Value SynthesizerObject::place(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto slot = info[0].As<Napi::Number>().Int64Value();
    const auto item = read_synthesis_item(info[1]);
    const auto synthesizer = held_.object("synthesizer");
    return Job<bool>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, slot, item](const synood::JobControl&) {
          synthesizer->place(slot, item);
          return true;
        },
        [](Napi::Env env, bool&&) -> Napi::Value { return env.Undefined(); });
  });
}

Napi::Value SynthesizerObject::iterate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Reader callbacks(info[0]);
    const auto synthesizer = held_.object("synthesizer");
    return Job<std::vector<synood::SlotReport>>::start(
        info, held_.engine(), callbacks.at("onProgress"),
        [synthesizer](const synood::JobControl& control) { return synthesizer->iterate(control); },
        write_reports);
  });
}

Napi::Value SynthesizerObject::take(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto slot = info[0].As<Napi::Number>().Int64Value();
    const auto synthesizer = held_.object("synthesizer");
    return Job<synood::Tensor>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, slot](const synood::JobControl&) { return synthesizer->take(slot); }, write_tensor);
  });
}

Napi::Value SynthesizerObject::image(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto slot = info[0].As<Napi::Number>().Int64Value();
    const auto synthesizer = held_.object("synthesizer");
    return Job<synood::Tensor>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, slot](const synood::JobControl&) { return synthesizer->image(slot); }, write_tensor);
  });
}

Napi::Value SynthesizerObject::gradient(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto latents = read_tensor(info[0]);
    const auto synthesizer = held_.object("synthesizer");
    return Job<std::vector<synood::NamedTensor>>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, latents](const synood::JobControl&) { return synthesizer->gradient(latents); },
        write_named_tensors);
  });
}

Napi::Value SynthesizerObject::noise(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto slot = info[0].As<Napi::Number>().Int64Value();
    const auto synthesizer = held_.object("synthesizer");
    return Job<synood::Tensor>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, slot](const synood::JobControl&) { return synthesizer->noise(slot); }, write_tensor);
  });
}

Napi::Value SynthesizerObject::score(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto pixels = read_tensor(info[0]);
    const auto synthesizer = held_.object("synthesizer");
    return Job<synood::Tensor>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, pixels](const synood::JobControl& control) {
          return synthesizer->score(pixels, control);
        },
        write_tensor);
  });
}

Napi::Value SynthesizerObject::compare_gradients(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto methods = read_gradient_methods(info[0]);
    const auto step_size = info[1].As<Napi::Number>().DoubleValue();
    const auto synthesizer = held_.object("synthesizer");
    return Job<std::vector<synood::GradientComparison>>::start(
        info, held_.engine(), info.Env().Undefined(),
        [synthesizer, methods, step_size](const synood::JobControl& control) {
          return synthesizer->compare_gradients(methods, step_size, control);
        },
        write_comparisons);
  });
}

Napi::Value SynthesizerObject::dispose(const Napi::CallbackInfo& info) {
  held_.release(info.Env());
  return info.Env().Undefined();
}
