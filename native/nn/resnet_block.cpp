#include "nn/resnet_block.h"

#include "nn/activation.h"

namespace synood {

ResnetBlock::ResnetBlock(const Weights& weights, Shape shape)
    : norm1(weights.sub("norm1"), shape.in, shape.groups, shape.eps),
      norm2(weights.sub("norm2"), shape.out, shape.groups, shape.eps),
      conv1(weights.sub("conv1"), shape.in, shape.out, {3, 1, 1}),
      conv2(weights.sub("conv2"), shape.out, shape.out, {3, 1, 1}) {
  if (shape.in != shape.out) conv_shortcut = {weights.sub("conv_shortcut"), shape.in, shape.out, {1, 1, 0}};
  if (shape.time > 0) time_emb_proj = {weights.sub("time_emb_proj"), shape.time, shape.out};
}

at::Tensor ResnetBlock::operator()(const at::Tensor& x, const at::Tensor& time) const {
  auto h = conv1(norm1.then_silu(x));
  if (time_emb_proj.weight.defined())
    h = h + time_emb_proj(activate(Activation::silu, time)).unsqueeze(2).unsqueeze(3);
  h = conv2(norm2.then_silu(h));
  return (conv_shortcut.weight.defined() ? conv_shortcut(x) : x) + h;
}

}  // namespace synood
