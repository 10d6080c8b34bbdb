// Scores of a classifier's logits g = W z + b, computed from its penultimate features z so that the features
// are all that has to be kept of an image.

#include "detection/logit_statistic.h"
#include "detection/operations.h"
#include "detection/row_blocks.h"

namespace synood {

namespace {

struct Head {
  at::Tensor columns, bias;

  explicit Head(const Arguments& given) {
    const auto weight = given.matrix("weight");
    columns = weight.t().contiguous();
    bias = given.vector("bias", weight.size(0));
  }
  at::Tensor operator()(const at::Tensor& rows) const { return at::addmm(bias, rows, columns); }
};

}  // namespace

// features (N, F), weight (C, F), bias (C) -> logits (N, C)
NamedResults linear_logits(const Arguments& given, const JobControl& control) {
  const Head head(given);
  const auto logits =
      map_rows(given.matrix("features", head.columns.size(0)), kScoreRows, [&](const auto& rows) {
        control.check();
        return head(rows);
      });
  return {{"logits", logits}};
}

// The same -> scores (N) of a statistic. With the number "limit" activations are cut there first: ReAct
// (Sun et al., 2021).
NamedResults linear_scores(const Arguments& given, const JobControl& control) {
  const Head head(given);
  const LogitStatistic statistic(given.word("statistic"), given.positive("temperature"));
  const double limit = given.number("limit", std::numeric_limits<double>::infinity());
  const auto scores =
      map_rows(given.matrix("features", head.columns.size(0)), kScoreRows, [&](const auto& rows) {
        control.check();
        return statistic(head(std::isinf(limit) ? rows : rows.clamp_max(limit)));
      });
  return {{"scores", scores}};
}

// logits (N, C) -> scores (N)
NamedResults logit_scores(const Arguments& given, const JobControl& control) {
  const LogitStatistic statistic(given.word("statistic"), given.positive("temperature"));
  const auto scores = map_rows(given.matrix("logits"), kScoreRows, [&](const auto& rows) {
    control.check();
    return statistic(rows);
  });
  return {{"scores", scores}};
}

}  // namespace synood
