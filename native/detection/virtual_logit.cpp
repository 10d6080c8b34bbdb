// ViM (Wang et al., 2022): what of a feature lies outside of the principal space, as one more logit.

#include "detection/logit_statistic.h"
#include "detection/operations.h"
#include "detection/row_blocks.h"
#include "synood/error.h"

namespace synood {

namespace {

constexpr int64_t kFitRows = 4096;

at::Tensor residual_norms(const at::Tensor& features, const at::Tensor& origin, const at::Tensor& residual,
                          const JobControl& control) {
  return map_rows(features, kScoreRows, [&](const at::Tensor& rows) {
    control.check();
    return at::linalg_vector_norm(at::matmul(rows - origin, residual), 2, at::IntArrayRef{1});
  });
}

}  // namespace

// features (N, F), weight (C, F), bias (C), number "dimension" D below F ->
//
//   origin (F)       u = -pinv(W) b
//   residual (F, F - D)  eigenvectors of (1 / N) sum (z - u)(z - u)^T beyond the D largest eigenvalues
//   alpha (1)        mean largest logit / mean residual norm
NamedResults residual_space(const Arguments& given, const JobControl& control) {
  const auto weight = given.matrix("weight");
  const auto bias = given.vector("bias", weight.size(0));
  const auto width = weight.size(1);
  const auto features = given.matrix("features", width);
  const auto dimension = given.count("dimension");
  if (dimension >= width)
    throw Error(ErrorCode::value, "Expected a principal space of fewer than the features' " +
                                      std::to_string(width) + " dimensions, got " +
                                      std::to_string(dimension) + ".");
  const auto exact = weight.to(at::kDouble);
  const auto origin = -at::matmul(at::linalg_pinv(exact), bias.to(at::kDouble));
  auto covariance = at::zeros({width, width}, exact.options());
  for (int64_t begin = 0; begin < features.size(0); begin += kFitRows) {
    control.check();
    const auto rows = features.slice(0, begin, begin + kFitRows).to(at::kDouble) - origin;
    covariance.addmm_(rows.t(), rows);
  }
  const auto vectors = std::get<1>(at::linalg_eigh(covariance / static_cast<double>(features.size(0))));
  // Ascending eigenvalues: the first F - D are the residual space.
  const auto residual = vectors.slice(1, 0, width - dimension).to(at::kFloat).contiguous();
  const auto start = origin.to(at::kFloat);
  const auto norms = residual_norms(features, start, residual, control);
  const auto columns = weight.t().contiguous();
  const auto largest = map_rows(
      features, kScoreRows, [&](const at::Tensor& rows) { return at::addmm(bias, rows, columns).amax({1}); });
  const auto alpha = largest.to(at::kDouble).mean() / norms.to(at::kDouble).mean();
  return {{"origin", start}, {"residual", residual}, {"alpha", alpha.view({1})}};
}

// features (N, F), weight, bias, origin (F), residual (F, K), alpha (1) -> scores (N): logsumexp(g) - alpha
// ||residual^T (z - u)||
NamedResults virtual_logit_scores(const Arguments& given, const JobControl& control) {
  const auto weight = given.matrix("weight");
  const auto bias = given.vector("bias", weight.size(0));
  const auto features = given.matrix("features", weight.size(1));
  const auto residual = given.matrix("residual");
  const auto norms = residual_norms(features, given.vector("origin", weight.size(1)), residual, control);
  const auto columns = weight.t().contiguous();
  const LogitStatistic energy("energy", 1);
  const auto energies = map_rows(
      features, kScoreRows, [&](const at::Tensor& rows) { return energy(at::addmm(bias, rows, columns)); });
  return {{"scores", energies - given.vector("alpha", 1) * norms}};
}

}  // namespace synood
