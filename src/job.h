#pragma once

#include <napi.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "engine_handle.h"

// A thrown anything as a JS Error with a `code`.
Napi::Value to_js_error(Napi::Env env, std::exception_ptr error);
// Runs synchronous binding code; a synood::Error becomes a thrown JS Error with its code.
Napi::Value guarded(Napi::Env env, const std::function<Napi::Value()>& body);
Napi::Object write_progress(Napi::Env env, const synood::Progress& progress);

// One call on the engine's thread. Lives on the JS thread but for `work`; keeps its JS arguments alive until
// it ends.
template <typename Result>
class Job : public std::enable_shared_from_this<Job<Result>> {
 public:
  using Work = std::function<Result(const synood::JobControl&)>;
  using Pack = std::function<Napi::Value(Napi::Env, Result&&)>;

  // Returns {promise, cancel()}. `on_progress` is a function or undefined.
  static Napi::Value start(const Napi::CallbackInfo& info, std::shared_ptr<EngineHandle> handle,
                           const Napi::Value& on_progress, Work work, Pack pack) {
    const auto env = info.Env();
    auto& engine = handle->engine();
    auto job = std::make_shared<Job>(env, std::move(handle), std::move(work), std::move(pack));
    auto kept = Napi::Array::New(env, info.Length() + 1);
    for (size_t i = 0; i < info.Length(); ++i) kept.Set(static_cast<uint32_t>(i), info[i]);
    kept.Set(static_cast<uint32_t>(info.Length()), info.This());
    job->kept_ = Napi::Persistent(kept.template As<Napi::Object>());
    job->wants_progress_ = on_progress.IsFunction();
    const auto callback = job->wants_progress_ ? on_progress.As<Napi::Function>()
                                               : Napi::Function::New(env, [](const Napi::CallbackInfo&) {});
    job->channel_ = Napi::ThreadSafeFunction::New(env, callback, "synood job", 0, 1);
    job->handle_->started(&job->running_);
    engine.post([job]() mutable {
      job->run();
      job.reset();
    });

    auto result = Napi::Object::New(env);
    result.Set("promise", job->deferred_.Promise());
    std::weak_ptr<Job> weak = job;
    result.Set("cancel", Napi::Function::New(env, [weak](const Napi::CallbackInfo&) {
                 if (const auto alive = weak.lock()) {
                   std::atomic_ref<int32_t>(alive->running_.cancel).store(1, std::memory_order_relaxed);
                 }
               }));
    return result;
  }

  Job(Napi::Env env, std::shared_ptr<EngineHandle> handle, Work work, Pack pack)
      : deferred_(Napi::Promise::Deferred::New(env)),
        handle_(std::move(handle)),
        work_(std::move(work)),
        pack_(std::move(pack)) {}

 private:
  // On the engine's thread. Whatever belongs to the JS thread is handed back through the channel, and leaked
  // if the environment has gone meanwhile.
  void run() {
    try {
      const synood::JobControl control(&running_.cancel,
                                       [this](const synood::Progress& progress) { tell(progress); });
      control.check();
      result_ = work_(control);
    } catch (...) {
      error_ = std::current_exception();
    }
    auto* self = new std::shared_ptr<Job>(this->shared_from_this());
    const auto status =
        channel_.NonBlockingCall(self, [](Napi::Env env, Napi::Function, std::shared_ptr<Job>* held) {
          if (env == nullptr) return;
          const std::shared_ptr<Job> job = std::move(*held);
          delete held;
          job->settle(env);
        });
    (void)status;
    channel_.Release();
  }

  void tell(const synood::Progress& progress) {
    if (!wants_progress_) return;
    auto* copy = new synood::Progress(progress);
    const auto status =
        channel_.NonBlockingCall(copy, [](Napi::Env env, Napi::Function callback, synood::Progress* held) {
          const std::unique_ptr<synood::Progress> owned(held);
          if (env != nullptr) callback.Call({write_progress(env, *owned)});
        });
    if (status != napi_ok) delete copy;
  }

  void settle(Napi::Env env) {
    const Napi::HandleScope scope(env);
    handle_->ended(&running_);
    handle_.reset();  // here and not with the job, whose last owner may be the engine's own thread
    kept_.Reset();
    work_ = nullptr;  // what it captured goes here, on the JS thread
    try {
      if (error_) {
        deferred_.Reject(to_js_error(env, error_));
      } else {
        deferred_.Resolve(pack_(env, std::move(*result_)));
      }
    } catch (const Napi::Error& thrown) {
      deferred_.Reject(thrown.Value());
    }
  }

  RunningJob running_;
  Napi::Promise::Deferred deferred_;
  Napi::ObjectReference kept_;
  Napi::ThreadSafeFunction channel_;
  bool wants_progress_ = false;
  std::shared_ptr<EngineHandle> handle_;
  Work work_;
  Pack pack_;
  std::optional<Result> result_;
  std::exception_ptr error_;
};
