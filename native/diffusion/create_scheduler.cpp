#include <utility>

#include "diffusion/ddim.h"
#include "diffusion/pndm.h"
#include "diffusion/scheduler.h"
#include "synood/error.h"

namespace synood {

std::unique_ptr<Scheduler> create_scheduler(const SchedulerSpec& spec, double eta, DrawNoise draw) {
  if (spec.kind == "ddim") return std::make_unique<Ddim>(spec, eta, std::move(draw));
  if (spec.kind == "pndm") return std::make_unique<Pndm>(spec);
  throw Error(ErrorCode::config, "Expected scheduler kind 'ddim' or 'pndm', got '" + spec.kind + "'.");
}

}  // namespace synood
