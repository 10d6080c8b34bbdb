// VOS (Du et al., 2022): outliers from the tails of class-conditional Gaussians with one covariance.

#include "detection/class_means.h"
#include "detection/operations.h"
#include "engine/random.h"
#include "synood/error.h"

namespace synood {

// With x = mu_c + L e, e ~ N(0, I), L L^T = covariance + jitter I, the density of x falls with ||e||: of
// `drawn` draws for each class the `kept` of the largest ||e|| are those of the lowest density.
//
//   features (N, F), labels (N), numbers "classes", "drawn", "kept", "rounds", "jitter", "seed"
//   -> outliers (rounds C kept, F), round by round, class by class
NamedResults gaussian_outliers(const Arguments& given, const JobControl& control) {
  const auto features = given.matrix("features");
  const auto classes = given.count("classes"), drawn = given.count("drawn"), kept = given.count("kept"),
             rounds = given.count("rounds");
  if (kept > drawn)
    throw Error(ErrorCode::value, "Expected to keep at most the " + std::to_string(drawn) +
                                      " outliers that are drawn, got " + std::to_string(kept) + ".");
  const auto labels = given.labels("labels", features.size(0), classes);
  const auto [means, covariance] = tied_gaussians(features, labels, classes, control);
  const auto width = features.size(1);
  const auto jitter = given.positive("jitter") * at::eye(width, covariance.options());
  const auto factor = at::linalg_cholesky(covariance + jitter).to(at::kFloat);
  const auto centres = means.to(at::kFloat);
  std::vector<at::Tensor> outliers;
  for (int64_t round = 0; round < rounds; ++round) {
    for (int64_t label = 0; label < classes; ++label) {
      control.check();
      SampleRandom random(derive_seed(given.seed(), static_cast<uint64_t>(round * classes + label)));
      const auto noise = random.normal({drawn, width});
      const auto norms = at::linalg_vector_norm(noise, 2, at::IntArrayRef{1});
      const auto farthest = noise.index_select(0, std::get<1>(norms.topk(kept)));
      outliers.push_back(at::matmul(farthest.to(features.device()), factor.t()) + centres[label]);
    }
  }
  return {{"outliers", at::cat(outliers)}};
}

}  // namespace synood
