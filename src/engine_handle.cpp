#include "engine_handle.h"

#include <atomic>

synood::Engine& EngineHandle::engine() const {
  if (!engine_)
    throw synood::Error(synood::ErrorCode::disposed,
                        "This engine was disposed. Open another: Engine.open().");
  return *engine_;
}

void EngineHandle::cancel_all() {
  for (auto* job : running_) std::atomic_ref<int32_t>(job->cancel).store(1, std::memory_order_relaxed);
}

void EngineHandle::close() {
  cancel_all();
  engine_.reset();
}
