// Scores of image features against text features, by cosines.

#include "detection/logit_statistic.h"
#include "detection/operations.h"
#include "detection/row_blocks.h"
#include "nn/normalise.h"
#include "synood/error.h"

namespace synood {

namespace {

constexpr int64_t kConceptRows = 64;

at::Tensor unit_columns(const at::Tensor& rows) { return normalise(rows).t().contiguous(); }

}  // namespace

// features (N, D), concepts (C, D) -> scores (N): a statistic of the cosines. MCM (Ming et al., 2022) is msp
// at a temperature of 1.
NamedResults concept_scores(const Arguments& given, const JobControl& control) {
  const auto concepts = unit_columns(given.matrix("concepts"));
  const LogitStatistic statistic(given.word("statistic"), given.positive("temperature"));
  const auto scores =
      map_rows(given.matrix("features", concepts.size(0)), kConceptRows, [&](const auto& rows) {
        control.check();
        return statistic(at::matmul(normalise(rows), concepts));
      });
  return {{"scores", scores}};
}

// CLIPN (Wang et al., 2023): each concept has a "no" prompt beside the usual one. With cosines c, c_no and
// the scale s, p_yes = softmax over the pair (s c, s c_no), its first part;
//
//   competing (CTW)  p_yes of the concept with the largest s c
//   agreeing (ATD)   sum over concepts of softmax(s c) p_yes
//
// features (N, D), concepts (C, D), negated (C, D) -> scores (N)
NamedResults negated_concept_scores(const Arguments& given, const JobControl& control) {
  const auto yes = unit_columns(given.matrix("concepts"));
  const auto no = unit_columns(given.matrix("negated", yes.size(0)));
  if (yes.size(1) != no.size(1))
    throw Error(ErrorCode::shape, "Expected as many negated concepts as concepts, " +
                                      std::to_string(yes.size(1)) + ", got " + std::to_string(no.size(1)) +
                                      ".");
  const double scale = given.positive("scale");
  const bool agreeing = given.word("rule") == "agreeing";
  const auto scores = map_rows(given.matrix("features", yes.size(0)), kConceptRows, [&](const auto& part) {
    control.check();
    const auto rows = normalise(part);
    const auto logits = scale * at::matmul(rows, yes);
    const auto probability = at::sigmoid(logits - scale * at::matmul(rows, no));
    if (agreeing) return (at::softmax(logits, 1) * probability).sum(at::IntArrayRef{1});
    return probability.gather(1, logits.argmax(1, /*keepdim=*/true)).squeeze(1);
  });
  return {{"scores", scores}};
}

// LSN (Nie et al., 2024): K learned negative prompts of each class. With positive cosines c and negative ones
// n_k,
//
//   S = max softmax(c / T) + mean over k of max softmax((1 - n_k) / T_no)
//
// features (N, D), concepts (C, D), negatives (K C, D) prompt by prompt -> scores (N)
NamedResults learned_negative_scores(const Arguments& given, const JobControl& control) {
  const auto concepts = unit_columns(given.matrix("concepts"));
  const auto negatives = unit_columns(given.matrix("negatives", concepts.size(0)));
  const auto classes = concepts.size(1);
  if (negatives.size(1) % classes != 0)
    throw Error(ErrorCode::shape, "Expected a multiple of " + std::to_string(classes) +
                                      " negative prompts, one set for each class, got " +
                                      std::to_string(negatives.size(1)) + ".");
  const LogitStatistic positive("msp", given.positive("temperature"));
  const double temperature = given.positive("negative_temperature");
  const auto scores =
      map_rows(given.matrix("features", concepts.size(0)), kConceptRows, [&](const auto& part) {
        control.check();
        const auto rows = normalise(part);
        const auto distances = (1 - at::matmul(rows, negatives)).view({kConceptRows, -1, classes});
        const auto negative = at::softmax(distances / temperature, 2).amax({2}).mean(1);
        return positive(at::matmul(rows, concepts)) + negative;
      });
  return {{"scores", scores}};
}

}  // namespace synood
