// NPOS (Tao et al., 2023): outliers around the in-distribution points of each class that lie farthest from
// their neighbours. Dream-OOD (Du et al., 2023) does the same among token embeddings.

#include <algorithm>

#include "detection/neighbours.h"
#include "detection/operations.h"
#include "engine/random.h"
#include "nn/normalise.h"

namespace synood {

namespace {

struct Sampling {
  int64_t neighbours, boundary, picked, drawn, kept;
  double sigma;
};

// (n, D) unit rows of one class -> (kept, D) unit rows
at::Tensor outliers_of(const at::Tensor& rows, const Sampling& options, SampleRandom& random,
                       const JobControl& control) {
  const auto k = std::min(options.neighbours, rows.size(0));
  const auto distances = 2 - 2 * neighbour_cosines(rows, rows, k, control);
  const auto edge = std::get<1>(distances.topk(std::min(options.boundary, rows.size(0))));
  std::vector<at::Tensor> candidates;
  for (int64_t i = 0; i < options.picked; ++i) {
    const auto point = rows[edge[random.integer(edge.size(0))].item<int64_t>()];
    const auto noise = random.normal({options.drawn, rows.size(1)}).to(rows.device());
    candidates.push_back(normalise(point + options.sigma * noise));
  }
  const auto all = at::cat(candidates);
  const auto far =
      (2 - 2 * neighbour_cosines(all, rows, k, control)).topk(std::min(options.kept, all.size(0)));
  return all.index_select(0, std::get<1>(far));
}

}  // namespace

// For each class: its unit features; the `boundary` ones with the largest distance to their k-th neighbour in
// the class (a point is its own first one); `picked` of those at random, `drawn` times sigma N(0, I) added,
// brought back to unit length; of all these the `kept` that lie farthest from their k-th neighbour. A class
// with fewer points than k takes as many as it has.
//
//   features (N, D), labels (N), numbers "classes", "neighbours", "boundary", "picked", "drawn", "kept",
//   "sigma", "rounds", "seed" -> outliers (M, D) of unit length; classes (M), the class that each was drawn
//   around
NamedResults neighbour_outliers(const Arguments& given, const JobControl& control) {
  const auto features = normalise(given.matrix("features"));
  const auto classes = given.count("classes"), rounds = given.count("rounds");
  const auto labels = given.labels("labels", features.size(0), classes);
  const Sampling options{given.count("neighbours"), given.count("boundary"), given.count("picked"),
                         given.count("drawn"),      given.count("kept"),     given.positive("sigma")};
  std::vector<at::Tensor> outliers, sources;
  for (int64_t label = 0; label < classes; ++label) {
    const auto own = labels.eq(label).nonzero().squeeze(1);
    if (own.numel() == 0) continue;
    const auto rows = features.index_select(0, own.to(features.device()));
    for (int64_t round = 0; round < rounds; ++round) {
      SampleRandom random(derive_seed(given.seed(), static_cast<uint64_t>(round * classes + label)));
      outliers.push_back(outliers_of(rows, options, random, control));
      sources.push_back(at::full({outliers.back().size(0)}, static_cast<double>(label), at::kFloat));
    }
  }
  return {{"outliers", at::cat(outliers)}, {"classes", at::cat(sources)}};
}

}  // namespace synood
