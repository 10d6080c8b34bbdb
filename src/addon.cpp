#include <napi.h>

#include "autoencoder_kl.h"
#include "classifier.h"
#include "clip.h"
#include "core_library.h"
#include "engine.h"
#include "inpainter.h"
#include "job.h"
#include "reader.h"
#include "scheduler.h"
#include "specs.h"
#include "synthesizer.h"
#include "trainer.h"
#include "unet.h"

namespace {

// openEngine({libtorch, core, device, dtype, threads}): synchronous; opening the libraries takes a fraction
// of a second.
Napi::Value open_engine_js(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Reader reader(info[0]);
    std::string libtorch, core;
    synood::EngineOptions options;
    reader.get("libtorch", libtorch);
    reader.get("core", core);
    reader.get("device", options.device);
    reader.get("dtype", options.dtype);
    reader.get("threads", options.threads);
    return EngineObject::wrap(info.Env(),
                              std::make_shared<EngineHandle>(open_engine(libtorch, core, options)));
  });
}

// createScheduler({libtorch, core}, spec)
Napi::Value create_scheduler_js(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Reader reader(info[0]);
    std::string libtorch, core;
    reader.get("libtorch", libtorch);
    reader.get("core", core);
    return SchedulerObject::wrap(info.Env(), info.Env().GetInstanceData<EnvironmentState>()->scheduler,
                                 open_scheduler(libtorch, core, read_scheduler_spec(info[1])));
  });
}

template <typename Object>
Napi::FunctionReference constructor(Napi::Env env) {
  return Napi::Persistent(Object::define(env));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  auto* state = new EnvironmentState;
  env.SetInstanceData(state);
  state->engine = constructor<EngineObject>(env);
  state->clip = constructor<ClipObject>(env);
  state->unet = constructor<UnetObject>(env);
  state->autoencoder_kl = constructor<AutoencoderKlObject>(env);
  state->classifier = constructor<ClassifierObject>(env);
  state->inpainter = constructor<InpainterObject>(env);
  state->scheduler = constructor<SchedulerObject>(env);
  state->synthesizer = constructor<SynthesizerObject>(env);
  state->trainer = constructor<TrainerObject>(env);
  // Before the environment's memory goes, nobody may still compute on it.
  env.AddCleanupHook([state] {
    for (const auto& engine : state->engines) engine->close();
    state->engines.clear();
  });
  exports.Set("openEngine", Napi::Function::New(env, open_engine_js, "openEngine"));
  exports.Set("createScheduler", Napi::Function::New(env, create_scheduler_js, "createScheduler"));
  return exports;
}

}  // namespace

NODE_API_MODULE(synood, init)
