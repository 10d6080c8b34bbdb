#pragma once

#include <stdexcept>
#include <string>

namespace synood {

// The words that programs switch on; ts/binding/errors.ts lists the same ones.
enum class ErrorCode {
  model_format,
  shape,
  value,
  device,
  out_of_memory,
  aborted,
  image,
  config,
  disposed,
  libtorch,
  io,
  internal,
};

const char* error_code_name(ErrorCode code);

// What the core throws: the message says what was expected, what came and what to do next.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

inline const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::model_format:
      return "ERR_MODEL_FORMAT";
    case ErrorCode::shape:
      return "ERR_SHAPE";
    case ErrorCode::value:
      return "ERR_VALUE";
    case ErrorCode::device:
      return "ERR_DEVICE";
    case ErrorCode::out_of_memory:
      return "ERR_OUT_OF_MEMORY";
    case ErrorCode::aborted:
      return "ERR_ABORTED";
    case ErrorCode::image:
      return "ERR_IMAGE";
    case ErrorCode::config:
      return "ERR_CONFIG";
    case ErrorCode::disposed:
      return "ERR_DISPOSED";
    case ErrorCode::libtorch:
      return "ERR_LIBTORCH";
    case ErrorCode::io:
      return "ERR_IO";
    case ErrorCode::internal:
      return "ERR_INTERNAL";
  }
  return "ERR_INTERNAL";
}

}  // namespace synood
