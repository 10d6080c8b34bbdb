#include <gtest/gtest.h>

#include "diffusion/diffusion.h"
#include "engine/convert.h"
#include "engine/random.h"
#include "synood/error.h"
#include "test/synthesis/fakes.h"

namespace synood {
namespace {

TensorView view(const at::Tensor& tensor) {
  const auto type = tensor.scalar_type() == at::kLong ? ElementType::i64 : ElementType::f32;
  return {tensor.const_data_ptr(), type, tensor.sizes().vec()};
}

// Two pictures of 16x16 with the right half to be repainted.
struct Case {
  explicit Case(int64_t channels)
      : unet(std::make_shared<fakes::FakeUnet>(channels)), inpainter(create_inpainter({}, unet, vae, clip)) {
    mask.slice(3, 8).fill_(1);
    request.image = view(image);
    request.mask = view(mask);
    request.ids = view(ids);
    request.negative_ids = view(negative);
    request.steps = 5;
    request.seeds = {5, 6};
  }

  at::Tensor run(std::vector<at::Tensor>* latents = nullptr) {
    const auto out = inpainter->inpaint(
        request,
        [&](const InpaintStep& step) {
          if (latents)
            latents->push_back(
                borrow({step.latents.data.data(), ElementType::f32, step.latents.shape}).clone());
        },
        {});
    return borrow({out.data.data(), ElementType::f32, out.shape}).clone();
  }

  at::Tensor image = fakes::weight({2, 3, 16, 16}, 1, 0.5).detach(), mask = at::zeros({2, 1, 16, 16});
  at::Tensor ids = at::arange(10, at::kLong).view({2, 5}), negative = at::zeros({2, 5}, at::kLong);
  std::shared_ptr<fakes::FakeUnet> unet;
  std::shared_ptr<fakes::FakeVae> vae = std::make_shared<fakes::FakeVae>();
  std::shared_ptr<fakes::FakeClip> clip = std::make_shared<fakes::FakeClip>();
  std::shared_ptr<Inpainter> inpainter;
  InpaintRequest request;
};

TEST(Inpainter, AStreamBelongsToItsSampleAlone) {
  for (const double strength : {1.0, 0.6}) {
    Case both(9);
    both.request.strength = strength;
    both.request.eta = 0.5;
    const auto before = both.run();
    both.request.seeds = {5, 99};
    const auto after = both.run();
    EXPECT_TRUE(before[0].equal(after[0]));
    EXPECT_FALSE(before[1].equal(after[1]));
  }
}

TEST(Inpainter, GivenDrawsEqualTheSeedsOwnInTheDocumentedOrder) {
  for (const int64_t channels : {9, 4}) {
    for (const double strength : {1.0, 0.6}) {
      Case own(channels);
      own.request.strength = strength;
      const auto expected = own.run();
      std::vector<at::Tensor> draws[3];
      for (const auto seed : own.request.seeds) {
        SampleRandom random(seed);
        for (int i = channels == 9 && strength == 1 ? 1 : 0; i < 3; ++i)
          draws[i].push_back(random.normal({1, 4, 8, 8}));
      }
      at::Tensor given[3];
      for (int i = 0; i < 3; ++i) given[i] = draws[i].empty() ? at::Tensor() : at::cat(draws[i]);
      Case other(channels);
      other.request.strength = strength;
      other.request.seeds = {1, 2};
      if (given[0].defined()) other.request.image_noise = view(given[0]);
      other.request.noise = view(given[1]);
      other.request.masked_image_noise = view(given[2]);
      EXPECT_TRUE(other.run().equal(expected)) << channels << " " << strength;
    }
  }
}

TEST(Inpainter, FourChannelsKeepThePictureOutsideTheMask) {
  Case four(4);
  std::vector<at::Tensor> latents;
  four.run(&latents);
  ASSERT_EQ(latents.size(), 5u);
  const auto moments = four.vae->moments(four.image).detach();
  const auto halves = moments.chunk(2, 1);
  std::vector<at::Tensor> noise;
  for (const auto seed : four.request.seeds) noise.push_back(SampleRandom(seed).normal({1, 4, 8, 8}));
  const auto picture = (halves[0] + (halves[1] / 2).exp() * at::cat(noise)) * 0.18215;
  const auto kept = latents.back().slice(3, 0, 4);
  EXPECT_TRUE(at::allclose(kept, picture.slice(3, 0, 4), 1e-5, 1e-6));
  EXPECT_FALSE(at::allclose(latents.back().slice(3, 4), picture.slice(3, 4), 0.1, 0.1));
}

TEST(Inpainter, NineChannelsSeeMaskAndMaskedPictureAndOneCallServesBothHalves) {
  Case nine(9);
  nine.run();
  EXPECT_EQ(nine.unet->calls, 5);
  EXPECT_EQ(nine.unet->last_input.sizes().vec(), (std::vector<int64_t>{4, 9, 8, 8}));
  EXPECT_TRUE(
      nine.unet->last_input.select(1, 4)[3].equal(nine.mask[1][0].slice(0, 0, 16, 2).slice(1, 0, 16, 2)));
  EXPECT_EQ(nine.vae->encodes, 2);  // at strength 1 the picture itself is not encoded
  Case plain(9);
  plain.request.guidance_scale = 1;
  plain.request.negative_ids = {};
  plain.run();
  EXPECT_EQ(plain.unet->last_input.size(0), 2);
}

TEST(Inpainter, StopsAtTheNextStepWhenAborted) {
  Case nine(9);
  int32_t cancel = 0;
  std::vector<int64_t> seen;
  const JobControl control(&cancel, [&](const Progress& progress) {
    EXPECT_EQ(progress.stage, "denoise");
    EXPECT_EQ(progress.total, 5);
    seen.push_back(progress.done);
    if (progress.done == 2) cancel = 1;
  });
  EXPECT_THROW(nine.inpainter->inpaint(nine.request, {}, control), Error);
  EXPECT_EQ(seen, (std::vector<int64_t>{1, 2}));
}

TEST(Inpainter, WrongShapesAreTypedErrors) {
  const auto code = [](const std::function<void(Case&)>& spoil) {
    Case nine(9);
    spoil(nine);
    try {
      nine.run();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::internal;
  };
  EXPECT_EQ(code([](Case& c) { c.request.mask.shape = {2, 1, 8, 32}; }), ErrorCode::shape);
  EXPECT_EQ(code([](Case& c) { c.request.seeds = {1}; }), ErrorCode::shape);
  EXPECT_EQ(code([](Case& c) { c.request.negative_ids = {}; }), ErrorCode::shape);
  EXPECT_EQ(code([](Case& c) { c.request.ids.shape = {1, 5}; }), ErrorCode::shape);
  EXPECT_EQ(code([](Case& c) { c.request.strength = 0; }), ErrorCode::value);
  EXPECT_EQ(code([](Case& c) { c.request.image.shape = {2, 3, 15, 16}; }), ErrorCode::shape);
}

}  // namespace
}  // namespace synood
