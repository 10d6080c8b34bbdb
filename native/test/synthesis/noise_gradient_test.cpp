#include <gtest/gtest.h>

#include <cmath>

#include "diffusion/alpha_table.h"
#include "diffusion/latent_space.h"
#include "diffusion/timesteps.h"
#include "synthesis/chain.h"
#include "test/support/peak_memory.h"
#include "test/synthesis/golden_session.h"
#include "test/synthesis/session.h"

namespace synood::test {
namespace {

// The gradient that one step of the session applies: noise_0 - noise_1 at a fixed rate that is large enough
// for the noise's own rounding not to matter.
at::Tensor applied_gradient(const GoldenSession& golden, SynthesisOptions options) {
  constexpr double rate = 1e4;
  options.step_rule = "fixed";
  options.step_size = rate;
  const auto session = golden.open(options);
  for (int64_t row = 0; row < 2; ++row) golden.place(*session, row);
  session->iterate({});
  std::vector<at::Tensor> rows;
  for (int64_t row = 0; row < 2; ++row) {
    rows.push_back((golden.tensor("noise")[row] - as_tensor(session->noise(row))) / rate);
  }
  return at::stack(rows);
}

SynthesisOptions with(const GoldenSession& golden, const GradientMethod& method) {
  auto options = golden.options("energy");
  options.steps = 5;
  options.gradient = method.gradient;
  options.gradient_steps = method.gradient_steps;
  options.chain_factor = method.chain_factor;
  return options;
}

TEST(NoiseGradient, ExactAndTruncatedAreAutogradsThroughTheChain) {
  const GoldenSession golden;
  for (const bool checkpointed : {false, true}) {
    auto options = with(golden, {"exact", 1, false});
    options.gradient_checkpointing = checkpointed;
    EXPECT_LT(relative_difference(applied_gradient(golden, options), golden.tensor("exact/grad_noise")),
              1e-3);
    for (const int64_t k : {1, 2}) {
      options.gradient = "truncated";
      options.gradient_steps = k;
      const auto expected = golden.tensor("truncated-" + std::to_string(k) + "/grad");
      EXPECT_LT(relative_difference(applied_gradient(golden, options), expected), 1e-3) << k;
    }
    // All calls, but not the noising.
    options.gradient_steps = 99;
    EXPECT_LT(relative_difference(applied_gradient(golden, options), golden.tensor("exact/grad_start")),
              1e-3);
  }
}

TEST(NoiseGradient, CheckpointedIsPlainBitForBit) {
  const GoldenSession golden;
  for (const char* scheduler :
       {"ddim", "pndm", "euler", "euler_ancestral", "dpmsolver_multistep", "unipc_multistep", "lcm"}) {
    for (const char* gradient : {"skip", "truncated", "exact"}) {
      auto options = with(golden, {gradient, 2, false});
      options.scheduler.kind = scheduler;
      if (options.scheduler.kind == "unipc_multistep") options.scheduler.solver_type = "bh2";
      const auto plain = applied_gradient(golden, options);
      options.gradient_checkpointing = true;
      EXPECT_TRUE(plain.equal(applied_gradient(golden, options))) << scheduler << " " << gradient;
      EXPECT_GT(plain.abs().max().item<float>(), 0);
    }
  }
}

// DDIM's coefficients at a fixed output telescope: sqrt(abar_end / abar_first), and sqrt(1 - abar_first) of
// the noising.
TEST(NoiseGradient, TheChainFactorIsTheProductOfTheLinearCoefficients) {
  const GoldenSession golden;
  const auto plain = applied_gradient(golden, with(golden, {"skip", 1, false}));
  const auto whole = applied_gradient(golden, with(golden, {"skip", 1, true}));
  const auto options = golden.options("energy");
  const auto scheduler = create_scheduler(options.scheduler);
  scheduler->set_timesteps(5);
  const auto first = static_cast<int64_t>(scheduler->timesteps().at(first_step(5, options.strength)));
  const AlphaTable alphas(options.scheduler);
  const double abar = alphas.at(first), end = alphas.before(-1);
  EXPECT_LT(relative_difference(whole, plain * std::sqrt(end / abar) * std::sqrt(1 - abar)), 1e-4);

  // What truncation leaves out is taken as linear: nothing is left out of all steps but the noising.
  const auto start = applied_gradient(golden, with(golden, {"truncated", 99, false}));
  const auto noised = applied_gradient(golden, with(golden, {"truncated", 99, true}));
  EXPECT_LT(relative_difference(noised, start * std::sqrt(1 - abar)), 1e-4);
  EXPECT_LT(relative_difference(noised, golden.tensor("exact/grad_noise")), 1e-3);
}

// The largest sum of the tensors that live at once, counted by the allocator.
TEST(NoiseGradient, MemoryOfTwelveStepsIsThatOfOneWithCheckpoints) {
  const GoldenSession golden;
  const auto peak = [&](double strength, bool checkpointed) {
    auto options = with(golden, {"exact", 1, false});
    options.steps = 20;
    options.strength = strength;
    options.gradient_checkpointing = checkpointed;
    const auto session = golden.open(options);
    for (int64_t row = 0; row < 2; ++row) golden.place(*session, row);
    const PeakMemory memory;
    session->iterate({});
    return static_cast<double>(memory.peak());
  };
  const double one = peak(0.05, true), twelve = peak(0.6, true), plain = peak(0.6, false);
  std::printf(
      "peak memory of the exact gradient: 1 step %.2f MiB, 12 steps %.2f MiB (%.2fx), without checkpoints "
      "%.2f MiB\n",
      one / 1048576, twelve / 1048576, twelve / one, plain / 1048576);
  EXPECT_LT(twelve, 1.5 * one);
  EXPECT_LT(twelve, 0.5 * plain);
}

// The same function in float64, written out plainly; its central differences.
struct Float64Loss {
  explicit Float64Loss(const fakes::Session& session, const SynthesisOptions& options,
                       const fakes::OwnedItem& own)
      : session(session), options(options), own(own) {}

  double operator()(const at::Tensor& noise) const {
    const at::NoGradGuard no_grad;
    const auto& spec = session.vae->spec();
    const auto pixels = own.image.unsqueeze(0);
    const auto as64 = [](const at::Tensor& x) { return x.to(at::kDouble); };
    const auto z0 = as64(sample_posterior(session.vae->moments(pixels), own.image_noise, spec));
    const auto grey = session.vae->moments(pixels * (own.mask < 0.5));
    const auto mask = as64(latent_mask(own.mask.unsqueeze(0), 2));
    const auto masked = as64(sample_posterior(grey, own.masked_noise, spec));
    const auto context = as64(at::cat({session.clip->hidden_states(own.negative_ids.unsqueeze(0)),
                                       session.clip->hidden_states(own.ids.unsqueeze(0))}));
    const auto scheduler = create_scheduler(options.scheduler);
    scheduler->set_timesteps(options.steps);
    const auto& times = scheduler->timesteps();
    const auto first = first_step(options.steps, options.strength);
    auto x = scheduler->add_noise_at(z0, noise, first);
    for (int64_t i = first; i < static_cast<int64_t>(times.size()); ++i) {
      const auto input = at::cat({scheduler->scale_model_input(x, i), mask, masked}, 1);
      const auto time = at::full({2}, times[i], at::kDouble);
      const auto halves = session.unet->forward(at::cat({input, input}), time, context).chunk(2);
      x = scheduler->step(halves[0] + (halves[1] - halves[0]) * options.guidance_scale, i, x);
    }
    const auto image = (session.vae->decode_latents(x / spec.scaling_factor) / 2 + 0.5).clamp(0, 1);
    const auto logits = session.classifier->forward(transform_pixels(image, options.transform), false);
    return objective_loss(Objective::energy, logits, 1, options.boundary).item<double>();
  }

  const fakes::Session& session;
  SynthesisOptions options;
  const fakes::OwnedItem& own;
};

TEST(NoiseGradient, ExactAgreesWithCentralDifferencesInFloat64) {
  // Of those that draw nothing on the way.
  for (const char* kind : {"ddim", "pndm", "euler", "dpmsolver_multistep", "unipc_multistep"}) {
    auto options = fakes::options();
    options.scheduler.kind = kind;
    if (options.scheduler.kind == "unipc_multistep") options.scheduler.solver_type = "bh2";
    options.gradient = "exact";
    options.gradient_checkpointing = true;
    options.step_rule = "fixed";
    options.step_size = 1;
    fakes::OwnedItem own(1, false);
    own.give_draws();
    fakes::Session session(options);
    session->place(0, own.item);
    const auto before = as_tensor(session->noise(0));
    const auto norm = session->iterate({}).at(0).gradient_norm;
    // At a rate that makes the step as long as the noise.
    options.step_size = before.norm().item<double>() / norm * 30;
    fakes::Session again(options);
    again->place(0, own.item);
    again->iterate({});
    const auto gradient = (before - as_tensor(again->noise(0))).to(at::kDouble) / options.step_size;

    const Float64Loss loss(session, options, own);
    const auto at = before.to(at::kDouble).unsqueeze(0);
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      auto direction = seed == 1 ? gradient / gradient.norm()
                                 : fakes::weight({4, 8, 8}, seed, 0.1).detach().to(at::kDouble) +
                                       gradient / gradient.norm();
      const double h = 1e-5;
      const double expected = (loss(at + direction * h) - loss(at - direction * h)) / (2 * h);
      EXPECT_NEAR((gradient * direction).sum().item<double>(), expected, 1e-3 * std::abs(expected)) << kind;
    }
  }
}

}  // namespace
}  // namespace synood::test
