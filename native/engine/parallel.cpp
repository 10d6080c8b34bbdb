#include "engine/parallel.h"

#include <ATen/Parallel.h>

#include "engine/thread_loop.h"

namespace synood {

void parallel_for(int64_t begin, int64_t end, int64_t grain,
                  c10::function_ref<void(int64_t first, int64_t end)> work) {
#ifdef _OPENMP
  at::parallel_for(begin, end, grain, [&](int64_t first, int64_t last) { work(first, last); });
#else
  thread_loop(begin, end, grain, at::get_num_threads(), work);
#endif
}

}  // namespace synood
