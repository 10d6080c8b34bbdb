#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace synood::test {

// While it lives, every tensor on the CPU is counted: how many bytes were live at once beyond those before.
// Tensors that were made meanwhile may outlive it.
class PeakMemory {
 public:
  PeakMemory() : inner_(c10::GetCPUAllocator()) {
    counter().inner = inner_;
    counter().live = counter().peak = 0;
    counter().sizes.clear();
    static Counting counting;
    c10::SetCPUAllocator(&counting, kPriority);
  }
  ~PeakMemory() { c10::SetCPUAllocator(inner_, kPriority); }
  PeakMemory(const PeakMemory&) = delete;
  PeakMemory& operator=(const PeakMemory&) = delete;

  int64_t peak() const { return counter().peak; }

 private:
  static constexpr uint8_t kPriority = 100;

  struct Counter {
    c10::Allocator* inner = nullptr;
    int64_t live = 0, peak = 0;
    std::mutex mutex;
    std::unordered_map<void*, int64_t> sizes;
  };
  static Counter& counter() {
    static Counter one;
    return one;
  }

  static void release(void* data) {
    auto& count = counter();
    const std::lock_guard lock(count.mutex);
    if (const auto place = count.sizes.find(data); place != count.sizes.end()) {
      count.live -= place->second;
      count.sizes.erase(place);
    }
    count.inner->raw_deallocate(data);
  }

  struct Counting final : c10::Allocator {
    c10::DataPtr allocate(size_t size) override {
      auto& count = counter();
      auto block = count.inner->allocate(size);
      const auto device = block.device();
      auto* data = block.release_context();
      const std::lock_guard lock(count.mutex);
      if (data != nullptr) count.sizes[data] = static_cast<int64_t>(size);
      count.live += static_cast<int64_t>(size);
      count.peak = std::max(count.peak, count.live);
      return {data, data, &release, device};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, size_t size) const override {
      default_copy_data(to, from, size);
    }
  };

  c10::Allocator* inner_;
};

}  // namespace synood::test
