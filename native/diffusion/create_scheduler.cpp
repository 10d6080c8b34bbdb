#include <utility>

#include "diffusion/ddim.h"
#include "diffusion/dpm_solver_multistep.h"
#include "diffusion/euler.h"
#include "diffusion/euler_ancestral.h"
#include "diffusion/lcm.h"
#include "diffusion/pndm.h"
#include "diffusion/scheduler.h"
#include "diffusion/unipc.h"
#include "synood/error.h"

namespace synood {

void Scheduler::set_custom_timesteps(const std::vector<double>&) {
  throw Error(ErrorCode::config,
              "This scheduler steps by a fixed stride and takes no timesteps of one's own: give a number of "
              "steps, or use euler, dpmsolver_multistep or lcm.");
}

at::Tensor Scheduler::add_noise_at(const at::Tensor& sample, const at::Tensor& noise, int64_t index) const {
  return add_noise(sample, noise, timesteps().at(static_cast<size_t>(index)));
}

std::unique_ptr<Scheduler> create_scheduler(const SchedulerSpec& spec, double eta, DrawNoise draw) {
  if (spec.kind == "ddim") return std::make_unique<Ddim>(spec, eta, std::move(draw));
  if (spec.kind == "pndm") return std::make_unique<Pndm>(spec);
  if (spec.kind == "euler") return std::make_unique<Euler>(spec);
  if (spec.kind == "euler_ancestral") return std::make_unique<EulerAncestral>(spec, std::move(draw));
  if (spec.kind == "dpmsolver_multistep") {
    return std::make_unique<DpmSolverMultistep>(spec, std::move(draw));
  }
  if (spec.kind == "unipc_multistep") return std::make_unique<UniPc>(spec);
  if (spec.kind == "lcm") return std::make_unique<Lcm>(spec, std::move(draw));
  throw Error(ErrorCode::config,
              "Expected scheduler kind 'ddim', 'pndm', 'euler', 'euler_ancestral', 'dpmsolver_multistep', "
              "'unipc_multistep' or 'lcm', got '" +
                  spec.kind + "'.");
}

}  // namespace synood
