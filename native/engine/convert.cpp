#include "engine/convert.h"

#include <cstring>

#include "synood/error.h"

namespace synood {

at::ScalarType scalar_type(ElementType type) {
  switch (type) {
    case ElementType::f32:
      return at::kFloat;
    case ElementType::f16:
      return at::kHalf;
    case ElementType::bf16:
      return at::kBFloat16;
    case ElementType::f64:
      return at::kDouble;
    case ElementType::i64:
      return at::kLong;
    case ElementType::i32:
      return at::kInt;
    case ElementType::u8:
      return at::kByte;
  }
  throw Error(ErrorCode::internal, "Unknown element type.");
}

at::Tensor borrow(const TensorView& view) {
  if (view.empty()) throw Error(ErrorCode::shape, "Expected a tensor, got nothing.");
  return at::from_blob(const_cast<void*>(view.data), view.shape,
                       at::TensorOptions().dtype(scalar_type(view.type)));
}

at::Tensor to_device(const TensorView& view, at::Device device, at::ScalarType dtype) {
  const auto borrowed = borrow(view);
  const auto type = borrowed.is_floating_point() ? dtype : borrowed.scalar_type();
  return borrowed.to(at::TensorOptions().device(device).dtype(type), /*non_blocking=*/false, /*copy=*/true);
}

Tensor to_host(const at::Tensor& tensor) {
  const auto host = tensor.detach().to(at::kCPU, at::kFloat).contiguous();
  Tensor out;
  out.shape = host.sizes().vec();
  out.data.resize(static_cast<size_t>(host.numel()));
  if (host.numel() > 0)
    std::memcpy(out.data.data(), host.const_data_ptr<float>(), out.data.size() * sizeof(float));
  return out;
}

std::string shape_text(at::IntArrayRef shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

namespace {

void expect(at::IntArrayRef shape, std::initializer_list<int64_t> expected, const std::string& what) {
  bool same = shape.size() == expected.size();
  size_t i = 0;
  for (const auto size : expected) {
    same = same && (size < 0 || shape[i] == size);
    ++i;
    if (!same) break;
  }
  if (!same) throw Error(ErrorCode::shape, "Expected " + what + ", got " + shape_text(shape) + ".");
}

}  // namespace

void expect_shape(const TensorView& view, std::initializer_list<int64_t> expected, const std::string& what) {
  if (view.empty()) throw Error(ErrorCode::shape, "Expected " + what + ", got nothing.");
  expect(view.shape, expected, what);
}

void expect_shape(const at::Tensor& tensor, std::initializer_list<int64_t> expected,
                  const std::string& what) {
  expect(tensor.sizes(), expected, what);
}

void expect_type(const TensorView& view, ElementType type, const std::string& what) {
  if (view.type != type) throw Error(ErrorCode::shape, "Expected " + what + ", got numbers of another type.");
}

}  // namespace synood
