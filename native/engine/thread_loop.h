#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace synood {

// parallel_for's work on at most `threads` threads that are started for it and end with it: what a compiler
// whose OpenMP is not that of LibTorch has in its place. Within a part everything runs on the part's own
// thread. The first error that a part throws is thrown again once all have ended.
void thread_loop(int64_t begin, int64_t end, int64_t grain, int64_t threads,
                 c10::function_ref<void(int64_t first, int64_t end)> work);

}  // namespace synood
