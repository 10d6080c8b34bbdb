#include "detection/class_means.h"

#include "synood/error.h"

namespace synood {

namespace {

constexpr int64_t kDoubleRows = 4096;

}  // namespace

std::pair<at::Tensor, at::Tensor> tied_gaussians(const at::Tensor& features, const at::Tensor& labels,
                                                 int64_t classes, const JobControl& control) {
  const auto counts = at::bincount(labels, {}, classes);
  const auto empty = counts.eq(0).nonzero();
  if (empty.numel() > 0)
    throw Error(ErrorCode::value, "Expected training features of every class, class " +
                                      std::to_string(empty[0].item<int64_t>()) + " has none.");
  const auto width = features.size(1);
  const auto options = features.options().dtype(at::kDouble);
  const auto blocks = [&](const auto& operation) {
    for (int64_t begin = 0; begin < features.size(0); begin += kDoubleRows) {
      control.check();
      operation(features.slice(0, begin, begin + kDoubleRows).to(at::kDouble),
                labels.slice(0, begin, begin + kDoubleRows).to(features.device()));
    }
  };
  auto means = at::zeros({classes, width}, options);
  blocks([&](const at::Tensor& rows, const at::Tensor& own) { means.index_add_(0, own, rows); });
  means /= counts.to(options).unsqueeze(1);
  auto covariance = at::zeros({width, width}, options);
  blocks([&](const at::Tensor& rows, const at::Tensor& own) {
    const auto rest = rows - means.index_select(0, own);
    covariance.addmm_(rest.t(), rest);
  });
  return {means, covariance / static_cast<double>(features.size(0))};
}

}  // namespace synood
