#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "nn/feature_projection.h"
#include "synood/tensor.h"

namespace synood {

// FeatureProjection with its gradients in closed form, on the CPU, in buffers that are kept from step to
// step. With h = W f + b, x^ its normalisation, n = gamma x^ + beta, u = f + relu(n) and z = u / |u|:
//
//   du = (dz - z <z, dz>) / |u|;   dn = du where n > 0;   dgamma = sum dn x^;   dbeta = sum dn
//   dx^ = dn gamma;   dh = (dx^ - mean(dx^) - x^ mean(dx^ x^)) / sigma;   dW = dh^T f;   db = sum dh
class ProjectionLayer {
 public:
  // Shares the parameters of `layer`.
  explicit ProjectionLayer(const FeatureProjection& layer) : layer_(layer) {}

  // features (B, D) -> unit rows (B, D), valid until the next forward
  const at::Tensor& forward(const at::Tensor& features);
  // dz (B, D), of the last forward -> gradients of weight, bias, norm_weight, norm_bias
  std::vector<at::Tensor> backward(const at::Tensor& features, const at::Tensor& row_gradients);

 private:
  FeatureProjection layer_;
  at::Tensor hidden_, rows_;                       // (B, D): x^ and z
  at::Tensor inverse_deviations_, inverse_norms_;  // (B)
  at::Tensor weight_, bias_, norm_weight_, norm_bias_;
};

// Begins as PyTorch's Linear and LayerNorm do, uniform in +-1/sqrt(D), ones and zeros; or as `given` says:
// weight, bias, norm_weight, norm_bias.
FeatureProjection initial_projection(int64_t width, const std::vector<NamedView>& given, uint64_t seed,
                                     at::Device device);

}  // namespace synood
