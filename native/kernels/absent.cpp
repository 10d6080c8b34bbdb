// In the place of the .cu files where the core is built without them: LibTorch's own operations compute.

#include "kernels/gated_gelu.h"
#include "kernels/group_norm_silu.h"
#include "kernels/grouped_softmax.h"
#include "kernels/guided_step.h"
#include "kernels/noise_update.h"
#include "synood/error.h"

namespace synood::kernels::cuda {
namespace {

[[noreturn]] void absent() { throw Error(ErrorCode::internal, "This core was built without CUDA kernels."); }

}  // namespace

bool available() { return false; }
std::string device_name(int) { return {}; }

void group_norm_silu(const void*, const void*, const void*, void*, float*, float*, float*,
                     const GroupNormShape&, float, bool, const Launch&) {
  absent();
}
void group_norm_silu_backward(const void*, const void*, const void*, const void*, const float*, const float*,
                              void*, float*, const GroupNormShape&, bool, const Launch&) {
  absent();
}
void gated_gelu(const void*, void*, int64_t, int64_t, const Launch&) { absent(); }
void guided_step(const void*, const void*, const float*, const float*, float*, int64_t, const StepFormula&,
                 const Launch&) {
  absent();
}
void grouped_softmax(const float*, const float*, float*, int64_t, const LabelGroups&, const Launch&) {
  absent();
}
void noise_update(const float*, const float*, float*, int64_t, float, bool, const Launch&) { absent(); }

}  // namespace synood::kernels::cuda
