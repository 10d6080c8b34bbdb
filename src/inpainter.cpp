#include "inpainter.h"

#include "autoencoder_kl.h"
#include "job.h"
#include "specs.h"
#include "writer.h"

namespace {

// Steps are handed to JS from the job thread, in order, through a channel of their own.
class StepChannel {
 public:
  explicit StepChannel(Napi::ThreadSafeFunction channel) : channel_(std::move(channel)) {}
  ~StepChannel() { channel_.Release(); }

  void tell(synood::InpaintStep step) const {
    auto* copy = new synood::InpaintStep(std::move(step));
    const auto status =
        channel_.NonBlockingCall(copy, [](Napi::Env env, Napi::Function callback, synood::InpaintStep* held) {
          const std::unique_ptr<synood::InpaintStep> owned(held);
          if (env == nullptr) return;
          auto object = Napi::Object::New(env);
          object.Set("index", Napi::Number::New(env, static_cast<double>(owned->index)));
          object.Set("total", Napi::Number::New(env, static_cast<double>(owned->total)));
          object.Set("timestep", Napi::Number::New(env, owned->timestep));
          object.Set("latents", write_tensor(env, std::move(owned->latents)));
          if (!owned->preview.shape.empty()) {
            object.Set("preview", write_tensor(env, std::move(owned->preview)));
          }
          callback.Call({object});
        });
    if (status != napi_ok) delete copy;
  }

 private:
  Napi::ThreadSafeFunction channel_;
};

}  // namespace

Napi::Function InpainterObject::define(Napi::Env env) {
  return DefineClass(env, "NativeInpainter",
                     {InstanceMethod("inpaint", &InpainterObject::inpaint),
                      InstanceMethod("dispose", &InpainterObject::dispose)});
}

Napi::Object InpainterObject::wrap(Napi::Env env, const Napi::FunctionReference& constructor,
                                   std::shared_ptr<EngineHandle> engine,
                                   std::shared_ptr<synood::Inpainter> inpainter) {
  const auto object = constructor.New({});
  Unwrap(object)->held_.hold(env, std::move(engine), std::move(inpainter));
  return object;
}

Napi::Value InpainterObject::inpaint(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    auto request = read_inpaint_request(info[0]);
    if (const Reader given(info[0]); given.has("preview")) {
      request.preview = AutoencoderKlObject::Unwrap(given.at("preview").As<Napi::Object>())->model();
    }
    const Reader callbacks(info[1]);
    std::shared_ptr<StepChannel> steps;
    if (callbacks.has("onStep")) {
      steps = std::make_shared<StepChannel>(Napi::ThreadSafeFunction::New(
          info.Env(), callbacks.at("onStep").As<Napi::Function>(), "synood step", 0, 1));
    }
    const auto inpainter = held_.object("inpainter");
    return Job<synood::Tensor>::start(
        info, held_.engine(), callbacks.at("onProgress"),
        [inpainter, request, steps](const synood::JobControl& control) {
          std::function<void(synood::InpaintStep)> on_step;
          if (steps) on_step = [&steps](synood::InpaintStep step) { steps->tell(std::move(step)); };
          return inpainter->inpaint(request, on_step, control);
        },
        write_tensor);
  });
}

Napi::Value InpainterObject::dispose(const Napi::CallbackInfo& info) {
  held_.release(info.Env());
  return info.Env().Undefined();
}
