#include "job.h"

#include <new>

namespace {

Napi::Value coded(Napi::Env env, const std::string& message, synood::ErrorCode code) {
  auto error = Napi::Error::New(env, message).Value();
  error.Set("code", synood::error_code_name(code));
  return error;
}

// LibTorch's what() carries a backtrace after its first line or two.
std::string without_backtrace(const std::string& what) {
  const auto at = what.find("\nException raised from ");
  return at == std::string::npos ? what : what.substr(0, at);
}

}  // namespace

Napi::Value to_js_error(Napi::Env env, std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const synood::Error& e) {
    return coded(env, e.what(), e.code());
  } catch (const std::bad_alloc&) {
    return coded(env, "Out of memory. Use a smaller batchSize or image.", synood::ErrorCode::out_of_memory);
  } catch (const std::exception& e) {
    const auto text = without_backtrace(e.what());
    const bool memory = text.find("out of memory") != std::string::npos ||
                        text.find("can't allocate memory") != std::string::npos;
    return coded(env, text, memory ? synood::ErrorCode::out_of_memory : synood::ErrorCode::internal);
  } catch (...) {
    return coded(env, "Something that is no std::exception was thrown in the core.",
                 synood::ErrorCode::internal);
  }
}

Napi::Value guarded(Napi::Env env, const std::function<Napi::Value()>& body) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {
    throw Napi::Error(env, to_js_error(env, std::current_exception()));
  }
}

Napi::Object write_progress(Napi::Env env, const synood::Progress& progress) {
  auto object = Napi::Object::New(env);
  object.Set("stage", progress.stage);
  object.Set("done", Napi::Number::New(env, static_cast<double>(progress.done)));
  object.Set("total", Napi::Number::New(env, static_cast<double>(progress.total)));
  object.Set("value", Napi::Number::New(env, progress.value));
  return object;
}
