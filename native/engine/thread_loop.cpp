#include "engine/thread_loop.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace synood {

namespace {

thread_local bool inside = false;

}  // namespace

void thread_loop(int64_t begin, int64_t end, int64_t grain, int64_t threads,
                 c10::function_ref<void(int64_t first, int64_t end)> work) {
  if (begin >= end) return;
  const auto count = end - begin;
  const auto most = (count + std::max<int64_t>(1, grain) - 1) / std::max<int64_t>(1, grain);
  const auto parts = inside ? 1 : std::clamp<int64_t>(threads, 1, most);
  if (parts == 1) return work(begin, end);

  const auto size = (count + parts - 1) / parts;
  std::vector<std::exception_ptr> errors(static_cast<size_t>(parts));
  const auto part = [&](int64_t at) {
    inside = true;
    try {
      const auto first = begin + at * size;
      if (first < end) work(first, std::min(end, first + size));
    } catch (...) {
      errors[static_cast<size_t>(at)] = std::current_exception();
    }
    inside = false;
  };
  std::vector<std::thread> others;
  for (int64_t at = 1; at < parts; ++at) others.emplace_back(part, at);
  part(0);
  for (auto& other : others) other.join();
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace synood
