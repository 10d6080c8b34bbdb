#include "diffusion/text_conditioning.h"

#include <string>

#include "diffusion/conditioning.h"
#include "diffusion/guidance.h"
#include "engine/convert.h"
#include "synood/error.h"

namespace synood {
namespace {

void expect_one_each(const at::Tensor& states, int64_t count, const std::string& what) {
  if (states.size(0) == count) return;
  throw Error(ErrorCode::shape, "Expected one " + what + " an image (" + std::to_string(count) + "), got " +
                                    std::to_string(states.size(0)) + ".");
}

// (N, 6): the given ones, or the picture's own
at::Tensor sizes(const TensorView& given, const InpaintRequest& request, Runtime runtime,
                 const std::string& what) {
  const auto& shape = request.image.shape;
  if (!given.empty()) {
    expect_shape(given, {shape[0], -1}, what + " (N, 6)");
    return to_device(given, runtime.device, at::kFloat);
  }
  return picture_sizes(shape[2], shape[3], shape[0], runtime);
}

TextConditioning with_sizes(const InpaintRequest& request, const UnetModel& unet, ClipModel* first,
                            ClipModel* second, Runtime runtime) {
  const auto count = request.image.shape[0];
  const auto prompt =
      encode_pooled_prompt(first, second, runtime, request.ids, request.ids_2, request.prompt_embeds,
                           request.pooled_embeds, unet.spec(), "prompt");
  expect_one_each(prompt.states, count, "prompt");
  const auto time_ids = sizes(request.time_ids, request, runtime, "time_ids");
  if (!guides(unet.spec(), request.guidance_scale)) {
    return {prompt.states, {}, {prompt.pooled, time_ids, {}}};
  }
  PooledPrompt negative{at::zeros_like(prompt.states), at::zeros_like(prompt.pooled)};
  if (static_cast<int64_t>(request.zero_negative.size()) < count) {
    negative = encode_pooled_prompt(first, second, runtime, request.negative_ids, request.negative_ids_2,
                                    request.negative_embeds, request.negative_pooled_embeds, unet.spec(),
                                    "negative prompt");
    expect_one_each(negative.states, count, "negative prompt");
  }
  for (const auto row : request.zero_negative) {
    if (row < 0 || row >= count) {
      throw Error(ErrorCode::value, "Expected zero_negative to name samples 0 to " +
                                        std::to_string(count - 1) + ", got " + std::to_string(row) + ".");
    }
    negative.states.select(0, row).zero_();
    negative.pooled.select(0, row).zero_();
  }
  const auto negative_ids = request.negative_time_ids.empty()
                                ? time_ids
                                : sizes(request.negative_time_ids, request, runtime, "negative_time_ids");
  return {prompt.states,
          negative.states,
          {at::cat({negative.pooled, prompt.pooled}), at::cat({negative_ids, time_ids}), {}}};
}

}  // namespace

TextConditioning condition_on_text(const InpaintRequest& request, const UnetModel& unet,
                                   ClipModel* text_encoder, ClipModel* text_encoder_2, Runtime runtime) {
  const auto& spec = unet.spec();
  if (!spec.addition_embed_type.empty()) {
    return with_sizes(request, unet, text_encoder, text_encoder_2, runtime);
  }
  const auto count = request.image.shape[0];
  TextConditioning text;
  text.prompt = encode_prompt(text_encoder, runtime, request.ids, request.prompt_embeds, spec, "prompt");
  expect_one_each(text.prompt, count, "prompt");
  if (guides(spec, request.guidance_scale)) {
    text.negative = encode_prompt(text_encoder, runtime, request.negative_ids, request.negative_embeds, spec,
                                  "negative prompt");
    expect_one_each(text.negative, count, "negative prompt");
  }
  return text;
}

}  // namespace synood
