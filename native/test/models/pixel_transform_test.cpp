#include <gtest/gtest.h>

#include <cmath>

#include "engine/random.h"
#include "models/models.h"
#include "synood/error.h"
#include "test/support/fixture.h"
#include "test/support/gradient.h"

namespace synood {
namespace {

at::Tensor image(at::IntArrayRef shape) { return SampleRandom(5).uniform(shape); }

double triangle(double x) { return std::max(0.0, 1 - std::abs(x)); }

// Keys' cubic with a = -0.5, as Pillow and PyTorch's antialiased resizing have it.
double cubic(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

// The (out, in) matrix of antialiased resizing: the kernel is widened by the factor of reduction.
at::Tensor resize_matrix(int64_t in, int64_t out, double support, double (*kernel)(double)) {
  const double scale = static_cast<double>(in) / static_cast<double>(out), width = std::max(scale, 1.0);
  auto matrix = at::zeros({out, in}, at::kDouble);
  for (int64_t o = 0; o < out; ++o) {
    const double centre = (static_cast<double>(o) + 0.5) * scale;
    for (int64_t i = 0; i < in; ++i) {
      const double distance = static_cast<double>(i) + 0.5 - centre;
      if (std::abs(distance) < support * width) matrix[o][i] = kernel(distance / width);
    }
  }
  return matrix / matrix.sum(1, true);
}

TEST(PixelTransform, ResizesTheShorterSideWithAntialias) {
  const auto pixels = image({2, 3, 20, 31});
  for (const std::string interpolation : {"bilinear", "bicubic"}) {
    const bool bilinear = interpolation == "bilinear";
    const auto rows = resize_matrix(20, 8, bilinear ? 1 : 2, bilinear ? triangle : cubic);
    const auto columns =
        resize_matrix(31, 12, bilinear ? 1 : 2, bilinear ? triangle : cubic);  // int(8*31/20)
    const auto expected = at::matmul(at::matmul(rows, pixels.to(at::kDouble)), columns.t());
    const auto found = transform_pixels(
        pixels, {.resize = 8, .interpolation = interpolation, .mean = {0, 0, 0}, .std = {1, 1, 1}});
    EXPECT_LT(test::difference(found, expected), 1e-5) << interpolation;
  }
}

TEST(PixelTransform, CropsTheCentreAndNormalises) {
  const auto pixels = image({1, 3, 9, 12});
  const PixelTransformSpec spec{.crop = 6, .mean = {0.1, 0.2, 0.3}, .std = {0.5, 0.25, 2}};
  const auto found = transform_pixels(pixels, spec);
  // (9 - 6) / 2 = 1.5 goes to the even 2, as in torchvision
  const auto middle = pixels.narrow(2, 2, 6).narrow(3, 3, 6);
  for (int64_t c = 0; c < 3; ++c) {
    const auto at = static_cast<size_t>(c);
    EXPECT_LT(test::difference(found.select(1, c), (middle.select(1, c) - spec.mean[at]) / spec.std[at]),
              1e-6);
  }
}

TEST(PixelTransform, HasTheGradientOfFiniteDifferences) {
  const PixelTransformSpec spec{.resize = 5, .crop = 4, .interpolation = "bicubic"};
  const auto leaf = test::as_leaf(image({1, 3, 8, 9}).to(at::kDouble));
  const auto loss = [&](const at::Tensor& pixels) { return transform_pixels(pixels, spec).square().sum(); };
  const auto found = test::gradient(loss(leaf), leaf);
  const auto direction = SampleRandom(6).normal({1, 3, 8, 9}).to(at::kDouble);
  const double step = 1e-5;
  const auto slope =
      (loss(leaf.detach() + step * direction) - loss(leaf.detach() - step * direction)) / (2 * step);
  EXPECT_NEAR((found * direction).sum().item<double>(), slope.item<double>(), 1e-5);
}

TEST(PixelTransform, RefusesWhatItCannotDo) {
  EXPECT_THROW(transform_pixels(image({1, 3, 4, 8}), {.crop = 5}), Error);
  EXPECT_THROW(transform_pixels(image({1, 4, 8, 8}), {}), Error);
  EXPECT_THROW(transform_pixels(image({1, 3, 8, 8}), {.interpolation = "nearest"}), Error);
}

}  // namespace
}  // namespace synood
