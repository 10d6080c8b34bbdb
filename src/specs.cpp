#include "specs.h"

namespace {

synood::ClipTextSpec read_clip_text_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::ClipTextSpec s;
  r.get("hiddenSize", s.hidden_size);
  r.get("intermediateSize", s.intermediate_size);
  r.get("numHiddenLayers", s.num_hidden_layers);
  r.get("numAttentionHeads", s.num_attention_heads);
  r.get("vocabSize", s.vocab_size);
  r.get("maxPositionEmbeddings", s.max_position_embeddings);
  r.get("projectionDim", s.projection_dim);
  r.get("eosTokenId", s.eos_token_id);
  r.get("layerNormEps", s.layer_norm_eps);
  r.get("hiddenAct", s.hidden_act);
  return s;
}

synood::ClipVisionSpec read_clip_vision_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::ClipVisionSpec s;
  r.get("hiddenSize", s.hidden_size);
  r.get("intermediateSize", s.intermediate_size);
  r.get("numHiddenLayers", s.num_hidden_layers);
  r.get("numAttentionHeads", s.num_attention_heads);
  r.get("imageSize", s.image_size);
  r.get("patchSize", s.patch_size);
  r.get("numChannels", s.num_channels);
  r.get("projectionDim", s.projection_dim);
  r.get("layerNormEps", s.layer_norm_eps);
  r.get("hiddenAct", s.hidden_act);
  return s;
}

synood::ElementType read_element_type(const std::string& name) {
  if (name == "F32") return synood::ElementType::f32;
  if (name == "F16") return synood::ElementType::f16;
  if (name == "BF16") return synood::ElementType::bf16;
  if (name == "F64") return synood::ElementType::f64;
  if (name == "I64") return synood::ElementType::i64;
  if (name == "I32") return synood::ElementType::i32;
  if (name == "U8" || name == "BOOL") return synood::ElementType::u8;
  throw synood::Error(
      synood::ErrorCode::model_format,
      "Expected a safetensors dtype of F32, F16, BF16, F64, I64, I32 or U8, got " + name + ".");
}

synood::OptimizerOptions read_optimizer(const Napi::Value& value) {
  const Reader r(value);
  synood::OptimizerOptions s;
  r.get("kind", s.kind);
  r.get("learningRate", s.learning_rate);
  r.get("weightDecay", s.weight_decay);
  r.get("momentum", s.momentum);
  r.get("beta1", s.beta1);
  r.get("beta2", s.beta2);
  r.get("eps", s.eps);
  r.get("finalLearningRate", s.final_learning_rate);
  r.get("warmupSteps", s.warmup_steps);
  r.get("totalSteps", s.total_steps);
  r.get("maxGradientNorm", s.max_gradient_norm);
  r.get("decayMatricesOnly", s.decay_matrices_only);
  return s;
}

}  // namespace

synood::ClipSpec read_clip_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::ClipSpec s;
  if (r.has("text")) s.text = read_clip_text_spec(r.at("text"));
  if (r.has("vision")) s.vision = read_clip_vision_spec(r.at("vision"));
  r.get("logitScaleInit", s.logit_scale_init);
  return s;
}

synood::UnetSpec read_unet_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::UnetSpec s;
  r.get("inChannels", s.in_channels);
  r.get("outChannels", s.out_channels);
  r.get("sampleSize", s.sample_size);
  r.get("blockOutChannels", s.block_out_channels);
  r.get("downBlockTypes", s.down_block_types);
  r.get("upBlockTypes", s.up_block_types);
  r.get("layersPerBlock", s.layers_per_block);
  r.get("numAttentionHeads", s.num_attention_heads);
  r.get("transformerLayersPerBlock", s.transformer_layers_per_block);
  r.get("crossAttentionDim", s.cross_attention_dim);
  r.get("normNumGroups", s.norm_num_groups);
  r.get("normEps", s.norm_eps);
  r.get("useLinearProjection", s.use_linear_projection);
  r.get("flipSinToCos", s.flip_sin_to_cos);
  r.get("freqShift", s.freq_shift);
  r.get("additionEmbedType", s.addition_embed_type);
  r.get("additionTimeEmbedDim", s.addition_time_embed_dim);
  r.get("projectionClassEmbeddingsInputDim", s.projection_class_embeddings_input_dim);
  r.get("timeCondProjDim", s.time_cond_proj_dim);
  return s;
}

synood::AutoencoderKlSpec read_autoencoder_kl_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::AutoencoderKlSpec s;
  r.get("inChannels", s.in_channels);
  r.get("outChannels", s.out_channels);
  r.get("latentChannels", s.latent_channels);
  r.get("blockOutChannels", s.block_out_channels);
  r.get("layersPerBlock", s.layers_per_block);
  r.get("normNumGroups", s.norm_num_groups);
  r.get("scalingFactor", s.scaling_factor);
  r.get("shiftFactor", s.shift_factor);
  r.get("latentsMean", s.latents_mean);
  r.get("latentsStd", s.latents_std);
  r.get("forceUpcast", s.force_upcast);
  return s;
}

synood::AutoencoderTinySpec read_autoencoder_tiny_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::AutoencoderTinySpec s;
  r.get("inChannels", s.in_channels);
  r.get("outChannels", s.out_channels);
  r.get("latentChannels", s.latent_channels);
  r.get("encoderBlockOutChannels", s.encoder_block_out_channels);
  r.get("decoderBlockOutChannels", s.decoder_block_out_channels);
  r.get("numEncoderBlocks", s.num_encoder_blocks);
  r.get("numDecoderBlocks", s.num_decoder_blocks);
  r.get("actFn", s.act_fn);
  r.get("scalingFactor", s.scaling_factor);
  return s;
}

synood::UnetConditions read_unet_conditions(const Napi::Value& value) {
  synood::UnetConditions s;
  if (!value.IsObject()) return s;
  const Reader r(value);
  r.get("textEmbeds", s.text_embeds);
  r.get("timeIds", s.time_ids);
  r.get("timestepCond", s.timestep_cond);
  return s;
}

synood::ResnetSpec read_resnet_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::ResnetSpec s;
  r.get("numChannels", s.num_channels);
  r.get("embeddingSize", s.embedding_size);
  r.get("hiddenSizes", s.hidden_sizes);
  r.get("depths", s.depths);
  r.get("layerType", s.layer_type);
  r.get("hiddenAct", s.hidden_act);
  r.get("downsampleInFirstStage", s.downsample_in_first_stage);
  r.get("downsampleInBottleneck", s.downsample_in_bottleneck);
  r.get("numLabels", s.num_labels);
  return s;
}

synood::VitSpec read_vit_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::VitSpec s;
  r.get("hiddenSize", s.hidden_size);
  r.get("intermediateSize", s.intermediate_size);
  r.get("numHiddenLayers", s.num_hidden_layers);
  r.get("numAttentionHeads", s.num_attention_heads);
  r.get("imageSize", s.image_size);
  r.get("patchSize", s.patch_size);
  r.get("numChannels", s.num_channels);
  r.get("qkvBias", s.qkv_bias);
  r.get("layerNormEps", s.layer_norm_eps);
  r.get("hiddenAct", s.hidden_act);
  r.get("numLabels", s.num_labels);
  return s;
}

synood::SchedulerSpec read_scheduler_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::SchedulerSpec s;
  r.get("kind", s.kind);
  r.get("numTrainTimesteps", s.num_train_timesteps);
  r.get("betaStart", s.beta_start);
  r.get("betaEnd", s.beta_end);
  r.get("betaSchedule", s.beta_schedule);
  r.get("predictionType", s.prediction_type);
  r.get("timestepSpacing", s.timestep_spacing);
  r.get("stepsOffset", s.steps_offset);
  r.get("setAlphaToOne", s.set_alpha_to_one);
  r.get("clipSample", s.clip_sample);
  r.get("clipSampleRange", s.clip_sample_range);
  r.get("skipPrkSteps", s.skip_prk_steps);
  r.get("rescaleBetasZeroSnr", s.rescale_betas_zero_snr);
  r.get("useKarrasSigmas", s.use_karras_sigmas);
  r.get("finalSigmasType", s.final_sigmas_type);
  r.get("solverOrder", s.solver_order);
  r.get("algorithmType", s.algorithm_type);
  r.get("solverType", s.solver_type);
  r.get("lowerOrderFinal", s.lower_order_final);
  r.get("eulerAtFinal", s.euler_at_final);
  r.get("lambdaMinClipped", s.lambda_min_clipped);
  r.get("disableCorrector", s.disable_corrector);
  r.get("originalInferenceSteps", s.original_inference_steps);
  r.get("timestepScaling", s.timestep_scaling);
  return s;
}

synood::PixelTransformSpec read_pixel_transform(const Napi::Value& value) {
  const Reader r(value);
  synood::PixelTransformSpec s;
  r.get("resize", s.resize);
  r.get("crop", s.crop);
  r.get("interpolation", s.interpolation);
  r.get("mean", s.mean);
  r.get("std", s.std);
  return s;
}

synood::WeightSource read_weight_source(const Napi::Value& value) {
  const Reader r(value);
  synood::WeightSource source;
  r.get("seed", source.seed);
  if (!r.has("files")) return source;
  const auto files = r.at("files").As<Napi::Array>();
  for (uint32_t i = 0; i < files.Length(); ++i) {
    const Reader file(files.Get(i));
    synood::WeightFile out;
    file.get("path", out.path);
    const auto entries = file.at("entries").As<Napi::Array>();
    for (uint32_t j = 0; j < entries.Length(); ++j) {
      const Reader entry(entries.Get(j));
      synood::WeightEntry weight;
      std::string dtype;
      entry.get("name", weight.name);
      entry.get("dtype", dtype);
      weight.type = read_element_type(dtype);
      entry.get("shape", weight.shape);
      entry.get("begin", weight.begin);
      entry.get("end", weight.end);
      out.entries.push_back(std::move(weight));
    }
    source.files.push_back(std::move(out));
  }
  return source;
}

synood::InpaintRequest read_inpaint_request(const Napi::Value& value) {
  const Reader r(value);
  synood::InpaintRequest s;
  r.get("image", s.image);
  r.get("mask", s.mask);
  r.get("ids", s.ids);
  r.get("promptEmbeds", s.prompt_embeds);
  r.get("negativeIds", s.negative_ids);
  r.get("negativeEmbeds", s.negative_embeds);
  r.get("ids2", s.ids_2);
  r.get("negativeIds2", s.negative_ids_2);
  r.get("pooledEmbeds", s.pooled_embeds);
  r.get("negativePooledEmbeds", s.negative_pooled_embeds);
  r.get("timeIds", s.time_ids);
  r.get("negativeTimeIds", s.negative_time_ids);
  r.get("zeroNegative", s.zero_negative);
  r.get("timesteps", s.timesteps);
  r.get("strength", s.strength);
  r.get("guidanceScale", s.guidance_scale);
  r.get("eta", s.eta);
  r.get("cacheInterval", s.cache_interval);
  r.get("steps", s.steps);
  if (r.has("scheduler")) s.scheduler = read_scheduler_spec(r.at("scheduler"));
  r.get("seeds", s.seeds);
  r.get("imageNoise", s.image_noise);
  r.get("noise", s.noise);
  r.get("maskedImageNoise", s.masked_image_noise);
  r.get("stepNoise", s.step_noise);
  return s;
}

synood::SynthesisOptions read_synthesis_options(const Napi::Value& value) {
  const Reader r(value);
  synood::SynthesisOptions s;
  r.get("batchSize", s.batch_size);
  r.get("height", s.height);
  r.get("width", s.width);
  r.get("steps", s.steps);
  r.get("strength", s.strength);
  r.get("guidanceScale", s.guidance_scale);
  if (r.has("scheduler")) s.scheduler = read_scheduler_spec(r.at("scheduler"));
  r.get("objective", s.objective);
  r.get("temperature", s.temperature);
  r.get("boundary", s.boundary);
  r.get("tolerance", s.tolerance);
  r.get("side", s.side);
  r.get("gradient", s.gradient);
  r.get("gradientSteps", s.gradient_steps);
  r.get("chainFactor", s.chain_factor);
  r.get("latentGradient", s.latent_gradient);
  r.get("saturation", s.saturation);
  r.get("restandardise", s.restandardise);
  r.get("stepRule", s.step_rule);
  r.get("stepSize", s.step_size);
  r.get("maxIterations", s.max_iterations);
  if (r.has("transform")) s.transform = read_pixel_transform(r.at("transform"));
  r.get("gradientCheckpointing", s.gradient_checkpointing);
  r.get("labelFeatures", s.label_features);
  r.get("logitScale", s.logit_scale);
  return s;
}

std::vector<synood::GradientMethod> read_gradient_methods(const Napi::Value& value) {
  const auto array = value.As<Napi::Array>();
  std::vector<synood::GradientMethod> methods;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    const Reader r(array.Get(i));
    auto& method = methods.emplace_back();
    r.get("gradient", method.gradient);
    r.get("gradientSteps", method.gradient_steps);
    r.get("chainFactor", method.chain_factor);
  }
  return methods;
}

synood::SynthesisItem read_synthesis_item(const Napi::Value& value) {
  const Reader r(value);
  synood::SynthesisItem s;
  r.get("id", s.id);
  r.get("seed", s.seed);
  r.get("image", s.image);
  r.get("mask", s.mask);
  r.get("ids", s.ids);
  r.get("negativeIds", s.negative_ids);
  r.get("imageNoise", s.image_noise);
  r.get("noise", s.noise);
  r.get("maskedImageNoise", s.masked_image_noise);
  r.get("ids2", s.ids_2);
  r.get("negativeIds2", s.negative_ids_2);
  r.get("zeroNegative", s.zero_negative);
  return s;
}

synood::TrainerOptions read_trainer_options(const Napi::Value& value) {
  const Reader r(value);
  synood::TrainerOptions s;
  if (r.has("optimizer")) s.optimizer = read_optimizer(r.at("optimizer"));
  r.get("seed", s.seed);
  r.get("mean", s.mean);
  r.get("std", s.std);
  r.get("klWeight", s.kl_weight);
  r.get("mseWeight", s.mse_weight);
  r.get("unconditionalShare", s.unconditional_share);
  r.get("emptyIds", s.empty_ids);
  if (r.has("scheduler")) s.scheduler = read_scheduler_spec(r.at("scheduler"));
  r.get("snrGamma", s.snr_gamma);
  r.get("labelSmoothing", s.label_smoothing);
  r.get("logitScale", s.logit_scale);
  r.get("initialGain", s.initial_gain);
  r.get("outlierWeight", s.outlier_weight);
  r.get("outlierStart", s.outlier_start);
  r.get("logitNorm", s.logit_norm);
  r.get("accumulation", s.accumulation);
  r.get("emaDecay", s.ema_decay);
  r.get("precision", s.precision);
  r.get("trained", s.trained);
  if (r.has("augmentation")) {
    const Reader a(r.at("augmentation"));
    a.get("minimumShare", s.augmentation.minimum_share);
    a.get("flip", s.augmentation.flip);
    a.get("jitter", s.augmentation.jitter);
  }
  r.get("labelWeight", s.label_weight);
  r.get("doubleSoftmax", s.double_softmax);
  return s;
}

synood::PromptSpec read_prompt_spec(const Napi::Value& value) {
  const Reader r(value);
  synood::PromptSpec s;
  r.get("side", s.side);
  r.get("contexts", s.contexts);
  r.get("length", s.length);
  return s;
}
