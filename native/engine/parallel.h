#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace synood {

// at::parallel_for on the threads of LibTorch: work(first, end) for consecutive parts of [begin, end), none
// smaller than `grain` but the last. Ours to call in its place: that one is a template of LibTorch's headers,
// and in a file that is compiled without OpenMP a loop on one thread.
void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  c10::function_ref<void(int64_t first, int64_t end)> work);

}  // namespace synood
