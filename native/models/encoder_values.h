#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "models/clip_encoder.h"
#include "models/encoder_layer.h"

namespace synood::encoder {

// The layers' parameters for a pass over them. Those that are being trained are written between two passes
// and gathered in one block; frozen ones, which may be large, are used where they are and must outlive this.
class EncoderValues {
 public:
  EncoderValues() = default;
  EncoderValues(const std::vector<ClipEncoder::Layer>& layers, const Sizes& sizes, bool gathered);

  const LayerValues& of(int64_t layer) const { return values_[static_cast<size_t>(layer)]; }

 private:
  at::Tensor block_;
  std::vector<LayerValues> values_;
};

// The gradients of the layers that are trained: each thread adds up its own.
class EncoderGradients {
 public:
  EncoderGradients() = default;
  EncoderGradients(const std::vector<bool>& trained, const Sizes& sizes, int64_t threads);

  // A layer that is not trained has a place for its norms' gradients alone, which are added in any case.
  LayerValues of(int64_t thread, int64_t layer) const;

  // The threads' sums, in the order of the threads, so that a number of threads has bytes of its own. Of each
  // layer: ln1 weight and bias, weights and biases of q, k, v and out, ln2 weight and bias, fc1 weight and
  // bias, fc2 weight and bias; undefined where the layer is not trained, and of the last layer from `out` on.
  std::vector<at::Tensor> sums() const;

 private:
  Sizes sizes_{};
  int64_t threads_ = 0, trained_ = 0;
  std::vector<int64_t> places_;  // of a layer among the trained ones; -1: none
  at::Tensor block_;             // (threads, trained layers, numbers of a layer)
  at::Tensor unwanted_;          // (threads, 2 D)
};

}  // namespace synood::encoder
