#include "engine/job_thread.h"

#include <utility>

namespace synood {

JobThread::JobThread(std::function<void()> prepare)
    : thread_([this, prepare = std::move(prepare)] { loop(prepare); }) {}

JobThread::~JobThread() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void JobThread::post(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void JobThread::loop(const std::function<void()>& prepare) {
  prepare();
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace synood
