#pragma once

#include <ATen/ATen.h>

#include <initializer_list>
#include <string>

namespace synood {

// The clean sample that a model's output stands for, where x = alpha x0 + sigma e:
//
//   epsilon        (x - sigma output) / alpha
//   v_prediction   alpha x - sigma output      (Salimans & Ho, 2022)
//   sample         output
at::Tensor predicted_original(const std::string& prediction_type, const at::Tensor& output,
                              const at::Tensor& sample, float alpha, float sigma);

// ERR_CONFIG that names the option, what came and what there is, unless `value` is among `known`.
void expect_word(const std::string& option, const std::string& value,
                 std::initializer_list<const char*> known);

}  // namespace synood
