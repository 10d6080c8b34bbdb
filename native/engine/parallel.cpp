#include "engine/parallel.h"

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "Compile this file with -fopenmp: without it every loop of the core runs on one thread."
#endif

namespace synood {

void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  c10::function_ref<void(int64_t first, int64_t end)> work) {
  at::parallel_for(begin, end, grain, [&](int64_t first, int64_t last) { work(first, last); });
}

}  // namespace synood
