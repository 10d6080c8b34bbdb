#include "engine/parallel.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <thread>

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

}  // namespace
}  // namespace synood
