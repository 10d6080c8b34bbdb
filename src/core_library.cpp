#include "core_library.h"

#include <dlfcn.h>

#include <filesystem>

namespace {

using Open = synood::Engine* (*)(int, const synood::EngineOptions*);

void* open_library(const std::filesystem::path& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    throw synood::Error(synood::ErrorCode::libtorch, "Could not open " + path.string() + ": " +
                                                         (reason ? reason : "unknown reason") +
                                                         ". See what is missing: synood inspect");
  }
  return handle;
}

}  // namespace

std::unique_ptr<synood::Engine> open_engine(const std::string& libtorch_folder, const std::string& core_path,
                                            const synood::EngineOptions& options) {
  const std::filesystem::path lib = std::filesystem::path(libtorch_folder) / "lib";
  // In the order of their dependencies; the CUDA ones exist in a CUDA LibTorch only.
  for (const char* name : {"libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so"}) {
    const bool cuda = std::string(name).find("cuda") != std::string::npos;
    if (cuda && (core_path.find("-cuda.so") == std::string::npos || !std::filesystem::exists(lib / name)))
      continue;
    open_library(lib / name);
  }
  const auto open = reinterpret_cast<Open>(dlsym(open_library(core_path), "synood_core_open"));
  if (open == nullptr) {
    throw synood::Error(synood::ErrorCode::libtorch,
                        core_path + " has no synood_core_open. Rebuild: npm run build:native");
  }
  return std::unique_ptr<synood::Engine>(open(synood::kCoreAbi, &options));
}
