#include "diffusion/prediction.h"

#include "synood/error.h"

namespace synood {

at::Tensor predicted_original(const std::string& prediction_type, const at::Tensor& output,
                              const at::Tensor& sample, float alpha, float sigma) {
  if (prediction_type == "sample") return output;
  if (prediction_type == "v_prediction") return sample * alpha - output * sigma;
  return (sample - output * sigma) / alpha;
}

void expect_word(const std::string& option, const std::string& value,
                 std::initializer_list<const char*> known) {
  std::string list;
  for (const auto* word : known) {
    if (value == word) return;
    list += std::string(list.empty() ? "'" : ", '") + word + "'";
  }
  throw Error(ErrorCode::config, "Expected " + option + " to be one of " + list + ", got '" + value + "'.");
}

}  // namespace synood
