#include "reader.h"

Reader::Reader(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "The binding expected an object.");
  object_ = value.As<Napi::Object>();
}

bool Reader::has(const char* key) const {
  const auto value = object_.Get(key);
  return !value.IsUndefined() && !value.IsNull();
}

Napi::Value Reader::at(const char* key) const { return object_.Get(key); }

void Reader::wrong(const char* key, const char* expected) const {
  throw Napi::TypeError::New(object_.Env(),
                             std::string("The binding expected ") + key + " to be " + expected + ".");
}

Napi::Array Reader::array_at(const char* key) const {
  const auto value = at(key);
  if (!value.IsArray()) wrong(key, "an array");
  return value.As<Napi::Array>();
}

void Reader::get(const char* key, bool& out) const {
  if (!has(key)) return;
  if (!at(key).IsBoolean()) wrong(key, "a boolean");
  out = at(key).As<Napi::Boolean>().Value();
}

void Reader::get(const char* key, int64_t& out) const {
  if (has(key)) out = element<int64_t>(key, at(key));
}

void Reader::get(const char* key, uint64_t& out) const {
  if (has(key)) out = read_unsigned(at(key));
}

void Reader::get(const char* key, double& out) const {
  if (has(key)) out = element<double>(key, at(key));
}

void Reader::get(const char* key, std::string& out) const {
  if (has(key)) out = element<std::string>(key, at(key));
}

void Reader::get(const char* key, synood::TensorView& out) const {
  if (has(key)) out = read_tensor(at(key));
}

template <>
int64_t Reader::element<int64_t>(const char* key, const Napi::Value& value) const {
  if (!value.IsNumber()) wrong(key, "a number");
  return value.As<Napi::Number>().Int64Value();
}

template <>
double Reader::element<double>(const char* key, const Napi::Value& value) const {
  if (!value.IsNumber()) wrong(key, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

template <>
std::string Reader::element<std::string>(const char* key, const Napi::Value& value) const {
  if (!value.IsString()) wrong(key, "a string");
  return value.As<Napi::String>().Utf8Value();
}

template <>
uint64_t Reader::element<uint64_t>(const char*, const Napi::Value& value) const {
  return read_unsigned(value);
}

uint64_t read_unsigned(const Napi::Value& value) {
  if (value.IsBigInt()) {
    bool lossless = false;
    return value.As<Napi::BigInt>().Uint64Value(&lossless);
  }
  if (!value.IsNumber())
    throw Napi::TypeError::New(value.Env(), "The binding expected a number or a BigInt.");
  return static_cast<uint64_t>(value.As<Napi::Number>().Int64Value());
}

namespace {

synood::ElementType element_type(const Napi::TypedArray& array) {
  switch (array.TypedArrayType()) {
    case napi_float32_array:
      return synood::ElementType::f32;
    case napi_float64_array:
      return synood::ElementType::f64;
    case napi_bigint64_array:
      return synood::ElementType::i64;
    case napi_int32_array:
      return synood::ElementType::i32;
    case napi_uint8_array:
      return synood::ElementType::u8;
    default:
      throw Napi::TypeError::New(array.Env(),
                                 "The binding takes Float32, Float64, BigInt64, Int32 and Uint8 arrays.");
  }
}

}  // namespace

synood::TensorView read_tensor(const Napi::Value& value) {
  const Reader reader(value);
  if (!reader.at("data").IsTypedArray())
    throw Napi::TypeError::New(value.Env(), "A tensor's data must be a typed array.");
  const auto array = reader.at("data").As<Napi::TypedArray>();
  synood::TensorView view;
  view.type = element_type(array);
  view.data = static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  reader.get("shape", view.shape);
  int64_t count = 1;
  for (const auto size : view.shape) count *= size;
  if (count != static_cast<int64_t>(array.ElementLength())) {
    throw Napi::TypeError::New(value.Env(), "A tensor's shape does not match the length of its data (" +
                                                std::to_string(array.ElementLength()) + " numbers).");
  }
  return view;
}

std::vector<synood::NamedView> read_named_tensors(const Napi::Value& value) {
  std::vector<synood::NamedView> out;
  if (value.IsUndefined() || value.IsNull()) return out;
  const auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Reader item(array.Get(i));
    synood::NamedView named;
    item.get("name", named.name);
    item.get("tensor", named.view);
    out.push_back(std::move(named));
  }
  return out;
}
