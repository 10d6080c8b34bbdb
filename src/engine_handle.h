#pragma once

#include <napi.h>

#include <memory>
#include <set>

#include "synood/engine.h"

struct RunningJob {
  int32_t cancel = 0;
};

// An open engine and the calls that are under way on it. Lives as long as any JS object that needs it; closed
// at the latest when its environment (the process or a worker thread) ends.
class EngineHandle {
 public:
  explicit EngineHandle(std::unique_ptr<synood::Engine> engine) : engine_(std::move(engine)) {}

  synood::Engine& engine() const;  // throws ERR_DISPOSED when closed
  bool open() const { return engine_ != nullptr; }

  void started(RunningJob* job) { running_.insert(job); }
  void ended(RunningJob* job) { running_.erase(job); }
  void cancel_all();
  // Cancels what runs and joins the job thread. On the JS thread only.
  void close();

 private:
  std::unique_ptr<synood::Engine> engine_;
  std::set<RunningJob*> running_;
};

// What one environment owns; no static state, so that worker threads are independent of each other.
struct EnvironmentState {
  std::set<std::shared_ptr<EngineHandle>> engines;
  Napi::FunctionReference engine, clip, unet, autoencoder_kl, classifier, inpainter, scheduler, synthesizer,
      trainer;
};
