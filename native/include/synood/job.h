#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "synood/error.h"

namespace synood {

// Where a long call stands. `stage` is a word ("denoise", "train"), `value` a figure of that stage (a loss)
// or NaN.
struct Progress {
  std::string stage;
  int64_t done = 0;
  int64_t total = 0;
  double value = 0;
};

// How a running call hears that it should stop, and tells how far it is. Copied into the job; the flag
// belongs to the caller, who keeps it alive until the call has ended.
class JobControl {
 public:
  JobControl() = default;
  JobControl(int32_t* cancel_flag, std::function<void(const Progress&)> on_progress)
      : cancel_flag_(cancel_flag), on_progress_(std::move(on_progress)) {}

  bool cancelled() const {
    return cancel_flag_ != nullptr &&
           std::atomic_ref<int32_t>(*cancel_flag_).load(std::memory_order_relaxed) != 0;
  }

  // Called at every denoising step, batch and epoch.
  void check() const {
    if (cancelled()) throw Error(ErrorCode::aborted, "The call was aborted by its signal.");
  }

  void report(const Progress& progress) const {
    if (on_progress_) on_progress_(progress);
  }

 private:
  int32_t* cancel_flag_ = nullptr;
  std::function<void(const Progress&)> on_progress_;
};

}  // namespace synood
