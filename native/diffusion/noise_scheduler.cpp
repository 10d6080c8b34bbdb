#include <memory>
#include <utility>

#include "diffusion/diffusion.h"
#include "diffusion/scheduler.h"
#include "diffusion/sigma_table.h"
#include "engine/convert.h"
#include "engine/random.h"
#include "synood/error.h"

namespace synood {
namespace {

// A scheduler by itself, as programs drive it: steps are told by their time, and the place in the run is
// kept.
class StandaloneScheduler final : public NoiseScheduler {
 public:
  explicit StandaloneScheduler(const SchedulerSpec& spec)
      : scheduler_(create_scheduler(spec, 0, [this](at::IntArrayRef shape) { return draw(shape); })) {}

  void set_timesteps(int64_t steps) override {
    scheduler_->set_timesteps(steps);
    next_ = 0;
  }
  void set_custom_timesteps(const std::vector<double>& timesteps) override {
    scheduler_->set_custom_timesteps(timesteps);
    next_ = 0;
  }
  std::vector<double> timesteps() const override { return scheduler_->timesteps(); }
  std::vector<double> sigmas() const override {
    const auto sigmas = scheduler_->sigmas();
    return {sigmas.begin(), sigmas.end()};
  }
  double init_noise_sigma() const override { return scheduler_->init_noise_sigma(); }
  void set_seed(uint64_t seed) override { random_ = std::make_unique<SampleRandom>(seed); }

  Tensor scale_model_input(const TensorView& sample, double timestep) override {
    const at::NoGradGuard no_grad;
    return to_host(scheduler_->scale_model_input(float32(sample), place_of(timestep)));
  }

  Tensor step(const TensorView& model_output, double timestep, const TensorView& sample,
              const TensorView& noise, double eta) override {
    const at::NoGradGuard no_grad;
    expect_same(model_output, sample, "model output");
    given_ = at::Tensor();
    if (!noise.empty()) {
      expect_same(noise, sample, "noise");
      given_ = float32(noise);
    }
    const auto place = place_of(timestep);
    scheduler_->set_eta(eta);
    auto next = to_host(scheduler_->step(float32(model_output), place, float32(sample)));
    next_ = place + 1;
    return next;
  }

  Tensor add_noise(const TensorView& sample, const TensorView& noise,
                   const std::vector<double>& timesteps) const override {
    const at::NoGradGuard no_grad;
    expect_same(noise, sample, "noise");
    const auto x = float32(sample), e = float32(noise);
    if (timesteps.size() == 1) return to_host(scheduler_->add_noise(x, e, timesteps.front()));
    if (x.dim() == 0 || static_cast<int64_t>(timesteps.size()) != x.size(0)) {
      throw Error(ErrorCode::shape, "Expected one timestep, or one for each row of the sample " +
                                        shape_text(x.sizes()) + ", got " + std::to_string(timesteps.size()) +
                                        ".");
    }
    std::vector<at::Tensor> rows;
    for (int64_t i = 0; i < x.size(0); ++i) rows.push_back(scheduler_->add_noise(x[i], e[i], timesteps[i]));
    return to_host(at::stack(rows));
  }

 private:
  // A copy: a multistep kind keeps what a step was given, and the caller's memory is its own after the call.
  static at::Tensor float32(const TensorView& view) {
    return borrow(view).to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  }

  static void expect_same(const TensorView& view, const TensorView& sample, const std::string& what) {
    if (view.shape == sample.shape) return;
    throw Error(ErrorCode::shape, "Expected the " + what + " in the sample's shape " +
                                      shape_text(sample.shape) + ", got " + shape_text(view.shape) + ".");
  }

  // The place after the last step's, where that is the time asked for: a time may stand there twice.
  int64_t place_of(double timestep) const {
    const auto& times = scheduler_->timesteps();
    if (times.empty()) throw Error(ErrorCode::value, "Set the timesteps first: setTimesteps(n).");
    const auto next = static_cast<size_t>(next_);
    if (next < times.size() && times[next] == timestep) return next_;
    return index_of_timestep(times, timestep);
  }

  at::Tensor draw(at::IntArrayRef shape) {
    if (given_.defined()) return given_;
    if (!random_) {
      throw Error(ErrorCode::value,
                  "This step draws noise: give it (noise), or a seed to draw it from (seed of "
                  "createScheduler).");
    }
    return random_->normal(shape);
  }

  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<SampleRandom> random_;
  at::Tensor given_;
  int64_t next_ = 0;
};

}  // namespace

std::unique_ptr<NoiseScheduler> create_noise_scheduler(const SchedulerSpec& spec) {
  return std::make_unique<StandaloneScheduler>(spec);
}

}  // namespace synood
