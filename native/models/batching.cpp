#include "models/batching.h"

#include <algorithm>
#include <cmath>

#include "engine/convert.h"
#include "synood/error.h"

namespace synood {
namespace {

at::Tensor padded(const at::Tensor& batch, int64_t size) {
  const auto missing = size - batch.size(0);
  if (missing <= 0) return batch;
  auto shape = batch.sizes().vec();
  shape[0] = missing;
  return at::cat({batch, batch.narrow(0, batch.size(0) - 1, 1).expand(shape)});
}

}  // namespace

Tensor in_batches(const TensorView& rows, Runtime runtime, const Batching& batching,
                  const JobControl& control, const std::function<at::Tensor(const at::Tensor&)>& f) {
  const at::NoGradGuard no_grad;
  if (batching.size < 1) {
    throw Error(ErrorCode::value,
                "Expected a batch size of at least 1, got " + std::to_string(batching.size) + ".");
  }
  const auto all = borrow(rows);
  const auto total = all.size(0);
  if (total == 0)
    throw Error(ErrorCode::shape, "Expected at least one row, got " + shape_text(all.sizes()) + ".");
  const auto type = all.is_floating_point() ? runtime.dtype : all.scalar_type();

  Tensor result;
  for (int64_t begin = 0; begin < total; begin += batching.size) {
    control.check();
    const auto count = std::min(batching.size, total - begin);
    auto batch = all.narrow(0, begin, count).to(runtime.device, type);
    if (batching.pad) batch = padded(batch, batching.size);
    const auto part = to_host(f(batch).narrow(0, 0, count));
    if (begin == 0) {
      result.shape = part.shape;
      result.shape[0] = total;
      result.data.resize(part.data.size() / static_cast<size_t>(count) * static_cast<size_t>(total));
    }
    const auto row = result.data.size() / static_cast<size_t>(total);
    std::copy(part.data.begin(), part.data.end(), result.data.begin() + static_cast<int64_t>(row) * begin);
    control.report({batching.stage, begin + count, total, std::nan("")});
  }
  return result;
}

}  // namespace synood
