#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "kernels/projection_rows.h"
#include "nn/feature_projection.h"
#include "synood/training.h"

namespace synood {

// FeatureProjection with its gradients in closed form, on the CPU, in buffers that are kept from step to
// step. With h = W f + b, x^ its normalisation, n = gamma x^ + beta, u = f + relu(n) and z = u / |u|:
//
//   du = (dz - z <z, dz>) / |u|;   dn = du where n >= 0;   dgamma = sum dn x^;   dbeta = sum dn
//   dx^ = dn gamma;   dh = (dx^ - mean(dx^) - x^ mean(dx^ x^)) / sigma;   dW = dh^T f;   db = sum dh
// At n = 0 the derivative of relu is taken as 1: a layer that begins with gamma = 0 has no other n, and would
// never learn with 0.
class ProjectionLayer {
 public:
  // Shares the parameters of `layer`.
  explicit ProjectionLayer(const FeatureProjection& layer) : layer_(layer) {}

  // features (B, D) -> unit rows (B, D), valid until the next forward
  const at::Tensor& forward(const at::Tensor& features);
  // dz (B, D), of the last forward -> gradients of weight, bias, norm_weight, norm_bias. dz is overwritten.
  std::vector<at::Tensor> backward(const at::Tensor& features, at::Tensor row_gradients);

 private:
  kernels::ProjectedRows rows_of(const at::Tensor& features);

  FeatureProjection layer_;
  at::Tensor hidden_, rows_;                       // (B, D): x^ and z
  at::Tensor inverse_deviations_, inverse_norms_;  // (B)
  at::Tensor weight_, sums_, partial_;  // (D, D); gamma's, beta's and b's (3, D), and of blocks of rows
};

// Begins as PyTorch's Linear and LayerNorm do, uniform in +-1/sqrt(D), ones (times options.initial_gain) and
// zeros, drawn from options.seed; or as `given` says: weight, bias, norm_weight, norm_bias.
FeatureProjection initial_projection(int64_t width, const std::vector<NamedView>& given,
                                     const TrainerOptions& options, at::Device device);

}  // namespace synood
