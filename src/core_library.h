#pragma once

#include <memory>
#include <string>

#include "synood/engine.h"

// Opens LibTorch by absolute path (RTLD_GLOBAL, so that the core finds its symbols), then the core library,
// and asks it for an engine. Libraries stay open until the process ends.
std::unique_ptr<synood::Engine> open_engine(const std::string& libtorch_folder, const std::string& core_path,
                                            const synood::EngineOptions& options);

// The same for a scheduler, which belongs to no engine.
std::unique_ptr<synood::NoiseScheduler> open_scheduler(const std::string& libtorch_folder,
                                                       const std::string& core_path,
                                                       const synood::SchedulerSpec& spec);
