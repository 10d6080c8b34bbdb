#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "weights/mapped_file.h"

namespace synood {

// A tensor that is the file's own bytes from `offset` on, without a copy. It keeps the mapping alive; what is
// written to it stays in this process. The caller has checked the range and that it is aligned.
at::Tensor mapped_tensor(const std::shared_ptr<MappedFile>& file, uint64_t offset, at::IntArrayRef shape,
                         at::ScalarType type);

// Gives the memory of a mapped tensor back to the system, which reads the file again where it is needed. Does
// nothing to other tensors, nor to one that was ever written.
void release_pages(const at::Tensor& tensor);

}  // namespace synood
