#include <algorithm>
#include <cmath>

#include "engine/convert.h"
#include "models/models.h"
#include "synood/error.h"

namespace synood {
namespace {

// The shorter side becomes `shorter`, the longer one keeps the ratio, rounded down as torchvision does.
at::Tensor resize(const at::Tensor& pixels, int64_t shorter, const std::string& interpolation) {
  const auto height = pixels.size(2), width = pixels.size(3);
  const auto scaled = [&](int64_t side) {
    return static_cast<int64_t>(static_cast<double>(shorter) * static_cast<double>(side) /
                                static_cast<double>(std::min(height, width)));
  };
  const std::vector<int64_t> size{height <= width ? shorter : scaled(height),
                                  width <= height ? shorter : scaled(width)};
  if (size[0] == height && size[1] == width) return pixels;
  if (interpolation == "bicubic") return at::_upsample_bicubic2d_aa(pixels, size, /*align_corners=*/false);
  return at::_upsample_bilinear2d_aa(pixels, size, /*align_corners=*/false);
}

// torchvision's centre: half a pixel goes to the even side.
int64_t crop_start(int64_t size, int64_t crop) {
  return static_cast<int64_t>(std::nearbyint(static_cast<double>(size - crop) / 2));
}

at::Tensor channel_values(const std::vector<double>& values, const at::Tensor& like) {
  return at::tensor(values, at::kDouble).to(like.options()).view({1, -1, 1, 1});
}

void check(const at::Tensor& pixels, const PixelTransformSpec& transform) {
  expect_shape(pixels, {-1, static_cast<int64_t>(transform.mean.size()), -1, -1},
               "pixels (N, " + std::to_string(transform.mean.size()) + ", H, W), a channel for each mean");
  if (transform.mean.size() != transform.std.size()) {
    throw Error(ErrorCode::config, "Expected as many values in std as in mean.");
  }
  if (transform.interpolation != "bilinear" && transform.interpolation != "bicubic") {
    throw Error(ErrorCode::config,
                "Expected interpolation 'bilinear' or 'bicubic', got '" + transform.interpolation + "'.");
  }
  if (pixels.size(2) < 1 || pixels.size(3) < 1) {
    throw Error(ErrorCode::shape, "Expected pixels, got none: " + shape_text(pixels.sizes()) + ".");
  }
}

}  // namespace

at::Tensor transform_pixels(const at::Tensor& pixels, const PixelTransformSpec& transform) {
  check(pixels, transform);
  auto result = transform.resize > 0 ? resize(pixels, transform.resize, transform.interpolation) : pixels;
  if (transform.crop > 0) {
    if (result.size(2) < transform.crop || result.size(3) < transform.crop) {
      throw Error(ErrorCode::config, "Expected an image of at least " + std::to_string(transform.crop) +
                                         " pixels a side to crop from, got " + shape_text(result.sizes()) +
                                         ". Set resize to the crop's size or more.");
    }
    result = result.narrow(2, crop_start(result.size(2), transform.crop), transform.crop)
                 .narrow(3, crop_start(result.size(3), transform.crop), transform.crop);
  }
  return (result - channel_values(transform.mean, result)) / channel_values(transform.std, result);
}

}  // namespace synood
