#include <gtest/gtest.h>

#include "test/synthesis/golden_session.h"

namespace synood::test {
namespace {

// The authors' loop in plain PyTorch (scripts/golden/reference_run.py): a mean loss over a batch of two, so
// that a sample's own step is half the rate.
TEST(ReferenceRun, GivesTheAuthorsNoiseAndImages) {
  const GoldenSession golden("reference_run");
  const auto& about = golden.parameters;
  SynthesisOptions options;
  options.batch_size = about.at("batch");
  options.height = options.width = 32;
  options.steps = about.at("steps");
  options.strength = about.at("strength");
  options.guidance_scale = about.at("guidance_scale");
  options.scheduler.kind = "pndm";
  options.objective = "reference";
  options.step_rule = "fixed";
  options.step_size = about.at("rate").get<double>() / about.at("batch").get<double>();
  options.max_iterations = about.at("iterations");
  options.transform.resize = options.transform.crop = about.at("size");
  const auto session = golden.open(options);
  for (int64_t row = 0; row < 2; ++row) golden.place(*session, row);
  for (int64_t i = 0; i < options.max_iterations; ++i) session->iterate({});

  double moved = 0, noise = 0, pixels = 0;
  for (int64_t row = 0; row < 2; ++row) {
    const auto expected = golden.tensor("final_noise")[row];
    moved = std::max(moved, difference(expected, golden.tensor("noise")[row]));
    noise = std::max(noise, difference(as_tensor(session->noise(row)), expected));
    const auto saved = golden.tensor("saved")[row].permute({2, 0, 1}).to(at::kDouble);
    pixels = std::max(pixels, difference((as_tensor(session->take(row)) * 255).round(), saved));
  }
  std::printf("reference run: noise moved by %.3f, off by %.1e; saved images off by %.0f/255\n", moved, noise,
              pixels);
  EXPECT_GT(moved, 0.1);
  EXPECT_LT(noise, 1e-3);
  EXPECT_LE(pixels, 2);
}

}  // namespace
}  // namespace synood::test
