#include "core_library.h"

#include <dlfcn.h>

#include <filesystem>

namespace {

using Open = synood::Engine* (*)(int, const synood::EngineOptions*);
using CreateScheduler = synood::NoiseScheduler* (*)(int, const synood::SchedulerSpec*);

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

// The core's factory of this name, once LibTorch is open.
template <typename Factory>
Factory factory(const std::string& libtorch_folder, const std::string& core_path, const char* name) {
  const std::filesystem::path lib = std::filesystem::path(libtorch_folder) / "lib";
  // In the order of their dependencies; the CUDA ones exist in a CUDA LibTorch only.
  for (const char* part : {"libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so"}) {
    const bool cuda = std::string(part).find("cuda") != std::string::npos;
    if (cuda && (core_path.find("-cuda.so") == std::string::npos || !std::filesystem::exists(lib / part)))
      continue;
    open_library(lib / part);
  }
  const auto found = reinterpret_cast<Factory>(dlsym(open_library(core_path), name));
  if (found == nullptr) {
    throw synood::Error(synood::ErrorCode::libtorch,
                        core_path + " has no " + name + ". Rebuild: npm run build:native");
  }
  return found;
}

}  // namespace

std::unique_ptr<synood::Engine> open_engine(const std::string& libtorch_folder, const std::string& core_path,
                                            const synood::EngineOptions& options) {
  const auto open = factory<Open>(libtorch_folder, core_path, "synood_core_open");
  return std::unique_ptr<synood::Engine>(open(synood::kCoreAbi, &options));
}

std::unique_ptr<synood::NoiseScheduler> open_scheduler(const std::string& libtorch_folder,
                                                       const std::string& core_path,
                                                       const synood::SchedulerSpec& spec) {
  const auto create = factory<CreateScheduler>(libtorch_folder, core_path, "synood_core_create_scheduler");
  return std::unique_ptr<synood::NoiseScheduler>(create(synood::kCoreAbi, &spec));
}
