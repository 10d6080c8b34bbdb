#pragma once

#include "reader.h"
#include "synood/diffusion.h"
#include "synood/engine.h"
#include "synood/specs.h"
#include "synood/synthesis.h"
#include "synood/training.h"
#include "synood/weights.h"

// camelCase objects of ts/binding/contract.ts -> the structs of native/include/synood.
synood::ClipSpec read_clip_spec(const Napi::Value& value);
synood::UnetSpec read_unet_spec(const Napi::Value& value);
synood::AutoencoderKlSpec read_autoencoder_kl_spec(const Napi::Value& value);
synood::AutoencoderTinySpec read_autoencoder_tiny_spec(const Napi::Value& value);
synood::UnetConditions read_unet_conditions(const Napi::Value& value);
synood::ResnetSpec read_resnet_spec(const Napi::Value& value);
synood::VitSpec read_vit_spec(const Napi::Value& value);
synood::SchedulerSpec read_scheduler_spec(const Napi::Value& value);
synood::PixelTransformSpec read_pixel_transform(const Napi::Value& value);
synood::WeightSource read_weight_source(const Napi::Value& value);
synood::InpaintRequest read_inpaint_request(const Napi::Value& value);
synood::SynthesisOptions read_synthesis_options(const Napi::Value& value);
// [{gradient, gradientSteps, chainFactor}]
std::vector<synood::GradientMethod> read_gradient_methods(const Napi::Value& value);
synood::SynthesisItem read_synthesis_item(const Napi::Value& value);
synood::TrainerOptions read_trainer_options(const Napi::Value& value);
synood::PromptSpec read_prompt_spec(const Napi::Value& value);
