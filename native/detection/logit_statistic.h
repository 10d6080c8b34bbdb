#pragma once

#include <ATen/ATen.h>

#include <string>

namespace synood {

// What is taken of a row of logits g, higher is in-distribution:
//
//   msp         max softmax(g / T)       (Hendrycks and Gimpel, 2017; MCM of cosines, Ming et al., 2022)
//   max_logit   max g                    (Hendrycks et al., 2022)
//   energy      T logsumexp(g / T)       (Liu et al., 2020)
class LogitStatistic {
 public:
  LogitStatistic(const std::string& name, double temperature);
  // (N, C) -> (N)
  at::Tensor operator()(const at::Tensor& logits) const;

 private:
  enum class Kind { msp, max_logit, energy } kind_;
  double temperature_;
};

}  // namespace synood
