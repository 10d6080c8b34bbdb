#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace synood {

// One thread that runs jobs in the order they came. LibTorch's OpenMP team belongs to the thread that calls
// it, so a single thread is what keeps the number of threads at what was asked for. The destructor runs what
// is queued (aborted jobs end at once) and joins.
class JobThread {
 public:
  explicit JobThread(std::function<void()> prepare);
  ~JobThread();
  void post(std::function<void()> job);

 private:
  void loop(const std::function<void()>& prepare);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace synood
