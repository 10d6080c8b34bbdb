#include "weights/mapped_tensor.h"

#include <sys/mman.h>
#include <unistd.h>

namespace synood {
namespace {

using Owner = std::shared_ptr<MappedFile>;

// Also the mark by which a mapped tensor is known.
void drop_owner(void* owner) { delete static_cast<Owner*>(owner); }

}  // namespace

at::Tensor mapped_tensor(const std::shared_ptr<MappedFile>& file, uint64_t offset, at::IntArrayRef shape,
                         at::ScalarType type) {
  return at::for_blob(file->data() + offset, shape)
      .context(new Owner(file), &drop_owner)
      .options(at::TensorOptions().dtype(type))
      .make_tensor();
}

void release_pages(const at::Tensor& tensor) {
  if (!tensor.defined() || !tensor.is_cpu() || tensor.is_mkldnn()) return;
  if (tensor.storage().data_ptr().get_deleter() != &drop_owner || tensor._version() != 0) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(tensor.const_data_ptr());
  // Whole pages alone: the first and the last one may hold a neighbour that was written.
  const auto first = (begin + page - 1) / page * page, last = (begin + tensor.nbytes()) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

}  // namespace synood
