#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <utility>

#include "engine_handle.h"

// A core object behind a JS object: released by dispose() or by the garbage collector, its memory told to V8.
template <typename T>
class Held {
 public:
  void hold(Napi::Env env, std::shared_ptr<EngineHandle> engine, std::shared_ptr<T> object,
            int64_t bytes = 0) {
    engine_ = std::move(engine);
    object_ = std::move(object);
    bytes_ = bytes;
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes_);
  }

  void release(Napi::Env env) {
    if (!object_) return;
    object_.reset();
    engine_.reset();
    Napi::MemoryManagement::AdjustExternalMemory(env, -bytes_);
  }

  const std::shared_ptr<T>& object(const char* what) const {
    if (!object_)
      throw synood::Error(synood::ErrorCode::disposed, std::string("This ") + what + " was disposed.");
    return object_;
  }
  const std::shared_ptr<EngineHandle>& engine() const { return engine_; }

 private:
  std::shared_ptr<EngineHandle> engine_;
  std::shared_ptr<T> object_;
  int64_t bytes_ = 0;
};
