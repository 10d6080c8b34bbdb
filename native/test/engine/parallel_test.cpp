#include "engine/parallel.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "engine/thread_loop.h"

namespace synood {
namespace {

// A loop that looks parallel and is not gives the right numbers: only its threads tell.
TEST(Parallel, PartsRunOnThreadsOfTheirOwn) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::set<std::pair<int64_t, int64_t>> parts;
  parallel_for(0, 10, 1, [&](int64_t first, int64_t end) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    parts.emplace(first, end);
  });
  at::set_num_threads(before);
  EXPECT_EQ(threads.size(), 2u);
  EXPECT_EQ(parts, (std::set<std::pair<int64_t, int64_t>>{{0, 5}, {5, 10}}));
}

TEST(Parallel, ErrorsComeThrough) {
  EXPECT_THROW(parallel_for(0, 10, 1, [](int64_t, int64_t) { throw std::runtime_error("one part"); }),
               std::runtime_error);
}

// What there is without OpenMP does the same.
TEST(ThreadLoop, PartsRunOnThreadsOfTheirOwnAndErrorsComeThrough) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::set<std::pair<int64_t, int64_t>> parts;
  const auto note = [&](int64_t first, int64_t end) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    parts.emplace(first, end);
  };
  thread_loop(0, 10, 1, 3, note);
  EXPECT_EQ(threads.size(), 3u);
  EXPECT_EQ(parts, (std::set<std::pair<int64_t, int64_t>>{{0, 4}, {4, 8}, {8, 10}}));
  parts.clear();
  // A loop within a part, and one too short for two parts, stay on their thread.
  thread_loop(0, 2, 1, 2, [&](int64_t first, int64_t end) { thread_loop(10 * first, 10 * end, 1, 2, note); });
  thread_loop(100, 104, 4, 2, note);
  thread_loop(7, 7, 1, 2, note);
  EXPECT_EQ(parts, (std::set<std::pair<int64_t, int64_t>>{{0, 10}, {10, 20}, {100, 104}}));
  const auto fail = [](int64_t first, int64_t) {
    if (first > 0) throw std::runtime_error("one part");
  };
  EXPECT_THROW(thread_loop(0, 10, 1, 2, fail), std::runtime_error);
}

}  // namespace
}  // namespace synood
