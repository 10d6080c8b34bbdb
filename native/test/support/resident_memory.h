#pragma once

#include <unistd.h>

#include <cstdint>
#include <fstream>

namespace synood::test {

// Bytes of this process that are in memory and belong to no file; 0 where /proc does not tell.
inline int64_t resident_memory() {
  int64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  return (resident - shared) * sysconf(_SC_PAGESIZE);
}

}  // namespace synood::test
