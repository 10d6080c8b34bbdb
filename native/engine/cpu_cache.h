#pragma once

namespace synood {

// From now on LibTorch's CPU tensors keep their large blocks of memory when they go, for the next tensor of
// about that size. Otherwise each of a model's feature maps would be taken from the system and given back at
// every call, page by page. Blocks are of huge pages where the system has them.
//
// Hardly more memory is held than tensors once used at the same time (64 MiB, which short-lived copies of
// different sizes share): before a new block is taken from the system, unused ones go, the oldest first.
// release_cpu_cache() gives all unused blocks back.
//
// For the whole process; what was allocated before is freed as it always was.
void use_cpu_cache();
void release_cpu_cache();

}  // namespace synood
