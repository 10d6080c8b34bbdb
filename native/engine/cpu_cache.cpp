#include "engine/cpu_cache.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <list>
#include <mutex>
#include <unordered_map>

namespace synood {
namespace {

// Smaller blocks stay with the C library, which keeps them by itself.
constexpr size_t kLarge = size_t{1} << 20;
constexpr size_t kHugePage = size_t{1} << 21;
// What may be held beyond the most that was in use at once.
constexpr size_t kSlack = size_t{64} << 20;

// A block that is larger than asked for by more than a quarter is left for another tensor.
bool fits(size_t block, size_t wanted) { return block >= wanted && block <= wanted + wanted / 4; }

size_t rounded(size_t bytes) {
  const auto unit = bytes >= 8 * kHugePage ? kHugePage : size_t{1} << 16;
  return (bytes + unit - 1) / unit * unit;
}

class CachingAllocator final : public c10::Allocator {
 public:
  explicit CachingAllocator(c10::Allocator* small) : small_(small) {}

  c10::DataPtr allocate(size_t bytes) override {
    if (bytes < kLarge) return small_->allocate(bytes);
    auto* block = take(rounded(bytes));
    return {block, block, &give_back, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, size_t count) const override {
    default_copy_data(to, from, count);
  }

  void release() {
    std::lock_guard lock(mutex_);
    while (!unused_.empty()) unmap_oldest();
    most_ = used_;
  }

  static CachingAllocator& get() {
    // Outlives every tensor: never destroyed.
    static auto* allocator = new CachingAllocator(c10::GetDefaultCPUAllocator());
    return *allocator;
  }

 private:
  struct Block {
    void* data;
    size_t bytes;
  };

  // Also of small blocks and of those that another allocator made, since oneDNN frees by address alone.
  static void give_back(void* data) {
    auto& allocator = get();
    if (!allocator.keep(data)) allocator.small_->raw_deleter()(data);
  }

  void* take(size_t bytes) {
    std::lock_guard lock(mutex_);
    auto best = unused_.end();
    for (auto block = unused_.begin(); block != unused_.end(); ++block) {
      if (fits(block->bytes, bytes) && (best == unused_.end() || block->bytes < best->bytes)) best = block;
    }
    Block block;
    if (best != unused_.end()) {
      block = *best;
      held_ -= block.bytes;
      unused_.erase(best);
    } else {
      while (!unused_.empty() && used_ + held_ + bytes > most_ + kSlack) unmap_oldest();
      block = {map(bytes), bytes};
    }
    used_ += block.bytes;
    most_ = std::max(most_, used_);
    sizes_[block.data] = block.bytes;
    return block.data;
  }

  bool keep(void* data) {
    std::lock_guard lock(mutex_);
    const auto place = sizes_.find(data);
    if (place == sizes_.end()) return false;
    const Block block{data, place->second};
    sizes_.erase(place);
    used_ -= block.bytes;
    held_ += block.bytes;
    unused_.push_back(block);
    return true;
  }

  static void* map(size_t bytes) {
    void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // LibTorch's own words, by which running out of memory is known.
    TORCH_CHECK(data != MAP_FAILED, "DefaultCPUAllocator: not enough memory: you tried to allocate ", bytes,
                " bytes.");
#ifdef MADV_HUGEPAGE
    if (bytes >= kHugePage) madvise(data, bytes, MADV_HUGEPAGE);
#endif
    return data;
  }

  void unmap_oldest() {
    const auto block = unused_.front();
    unused_.pop_front();
    held_ -= block.bytes;
    munmap(block.data, block.bytes);
  }

  c10::Allocator* small_;
  std::mutex mutex_;
  std::list<Block> unused_;  // the oldest first
  std::unordered_map<void*, size_t> sizes_;
  size_t used_ = 0, held_ = 0, most_ = 0;
};

}  // namespace

void use_cpu_cache() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(&CachingAllocator::get(), /*priority=*/1); });
}

void release_cpu_cache() {
  CachingAllocator::get().release();
#ifdef __GLIBC__
  malloc_trim(0);  // and what the C library keeps of smaller blocks
#endif
}

}  // namespace synood
