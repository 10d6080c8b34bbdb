#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <vector>

#include "engine/convert.h"
#include "synood/training.h"

namespace synood {

// Tensors that a trainer is to see, kept alive.
class Data {
 public:
  Data& add(const std::string& name, const at::Tensor& tensor) {
    tensors_.push_back(tensor.contiguous());
    const auto type = tensor.scalar_type() == at::kLong   ? ElementType::i64
                      : tensor.scalar_type() == at::kByte ? ElementType::u8
                                                          : ElementType::f32;
    views_.push_back({name, {tensors_.back().const_data_ptr(), type, tensor.sizes().vec()}});
    return *this;
  }
  const std::vector<NamedView>& views() const { return views_; }

 private:
  std::vector<at::Tensor> tensors_;
  std::vector<NamedView> views_;
};

inline at::Tensor seeded_normal(at::IntArrayRef shape, uint64_t seed) {
  return at::randn(shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::kFloat);
}

inline at::Tensor seeded_integers(int64_t below, at::IntArrayRef shape, uint64_t seed) {
  return at::randint(below, shape, at::make_generator<at::CPUGeneratorImpl>(seed), at::kLong);
}

inline std::vector<StepFigures> run_figures(Trainer& trainer, const Data& data, const at::Tensor& order,
                                            const JobControl& control = {}) {
  const auto rows = order.contiguous();
  return trainer.run(data.views(), {rows.const_data_ptr(), ElementType::i64, rows.sizes().vec()}, control);
}

// The losses alone.
inline std::vector<double> run(Trainer& trainer, const Data& data, const at::Tensor& order,
                               const JobControl& control = {}) {
  std::vector<double> losses;
  for (const auto& step : run_figures(trainer, data, order, control)) losses.push_back(step.loss);
  return losses;
}

inline TensorView view_of(const Tensor& tensor) {
  return {tensor.data.data(), ElementType::f32, tensor.shape};
}

inline std::vector<NamedView> views_of(const std::vector<NamedTensor>& state) {
  std::vector<NamedView> views;
  for (const auto& [name, tensor] : state) views.push_back({name, view_of(tensor)});
  return views;
}

inline at::Tensor find(const std::vector<NamedTensor>& state, const std::string& name) {
  for (const auto& entry : state)
    if (entry.name == name) return borrow(view_of(entry.tensor)).clone();
  throw Error(ErrorCode::value, "No " + name + " in the state.");
}

inline bool same_bytes(const std::vector<NamedTensor>& left, const std::vector<NamedTensor>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i)
    if (left[i].name != right[i].name || left[i].tensor.data != right[i].tensor.data) return false;
  return true;
}

}  // namespace synood
