#include "writer.h"

#include <utility>

Napi::Value write_tensor(Napi::Env env, synood::Tensor&& tensor) {
  auto result = Napi::Object::New(env);
  const auto shape = Napi::Array::New(env, tensor.shape.size());
  for (uint32_t i = 0; i < tensor.shape.size(); ++i) {
    shape.Set(i, Napi::Number::New(env, static_cast<double>(tensor.shape[i])));
  }
  const auto count = tensor.data.size();
  auto* owner = new std::vector<float>(std::move(tensor.data));
  const auto buffer = Napi::Buffer<float>::NewOrCopy(
      env, owner->data(), count, [](Napi::Env, float*, std::vector<float>* held) { delete held; }, owner);
  const auto bytes = buffer.template As<Napi::Uint8Array>();
  result.Set("data", Napi::Float32Array::New(env, count, bytes.ArrayBuffer(), bytes.ByteOffset()));
  result.Set("shape", shape);
  return result;
}

Napi::Value write_named_tensors(Napi::Env env, std::vector<synood::NamedTensor>&& tensors) {
  const auto array = Napi::Array::New(env, tensors.size());
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    auto item = Napi::Object::New(env);
    item.Set("name", tensors[i].name);
    item.Set("tensor", write_tensor(env, std::move(tensors[i].tensor)));
    array.Set(i, item);
  }
  return array;
}

Napi::Value write_numbers(Napi::Env env, const std::vector<double>& numbers) {
  const auto array = Napi::Array::New(env, numbers.size());
  for (uint32_t i = 0; i < numbers.size(); ++i) array.Set(i, Napi::Number::New(env, numbers[i]));
  return array;
}
