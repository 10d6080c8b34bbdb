// Mahalanobis (Lee et al., 2018): class means with one covariance for all of them. In double precision:
// squared distances of a nearly singular covariance lose all digits of float32.

#include "detection/class_means.h"
#include "detection/operations.h"
#include "detection/row_blocks.h"

namespace synood {

// features (N, F), labels (N), number "classes" C -> means (C, F); whitening (F, F): V diag(lambda^-1/2) of
// the covariance's eigenvectors, zero where an eigenvalue is as good as zero, so that whitening whitening^T
// is its pseudo-inverse
NamedResults class_gaussians(const Arguments& given, const JobControl& control) {
  const auto features = given.matrix("features");
  const auto classes = given.count("classes");
  const auto labels = given.labels("labels", features.size(0), classes);
  const auto [means, covariance] = tied_gaussians(features, labels, classes, control);
  control.check();
  const auto [values, vectors] = at::linalg_eigh(covariance);
  // As scipy.linalg.pinvh, which the published code's EmpiricalCovariance takes.
  const double tolerance = values.abs().max().item<double>() * static_cast<double>(features.size(1)) *
                           std::numeric_limits<double>::epsilon();
  const auto scale =
      at::where(values > tolerance, values.clamp_min(tolerance).rsqrt(), at::zeros_like(values));
  return {{"means", means}, {"whitening", vectors * scale}};
}

// features (N, F), means (C, F), whitening (F, K) -> scores (N): minus the squared distance to the nearest
// mean
NamedResults mahalanobis_scores(const Arguments& given, const JobControl& control) {
  const auto means = given.matrix("means").to(at::kDouble);
  const auto whitening = given.matrix("whitening").to(at::kDouble);
  // Any origin gives the same differences; this one keeps the numbers small.
  const auto origin = means.mean(0, /*keepdim=*/true);
  const auto centres = at::matmul(means - origin, whitening);
  const auto norms = centres.square().sum(at::IntArrayRef{1});
  const auto scores = map_rows(given.matrix("features", means.size(1)), kScoreRows, [&](const auto& rows) {
    control.check();
    const auto white = at::matmul(rows.to(at::kDouble) - origin, whitening);
    const auto own = white.square().sum(at::IntArrayRef{1}, /*keepdim=*/true);
    return -(own + norms - 2 * at::matmul(white, centres.t())).clamp_min(0).amin({1});
  });
  return {{"scores", scores}};
}

}  // namespace synood
