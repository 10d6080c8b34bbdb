/**
 * The tiny models of Emoji World as config.json files of transformers and diffusers state them: the same formats as the
 * real ones, sized so that all of them train in an afternoon on two cores and weigh less than 16 MB.
 */

const side = 64;

/** CLIP's own pictures are smaller: half of the patches cost half of the time, and a thing of 24 pixels can still be told. */
export const clipSide = 48;

/** OpenAI's image statistics, so that preprocessing is CLIP's own. */
export const clipMean = [0.48145466, 0.4578275, 0.40821073];
export const clipStd = [0.26862954, 0.26130258, 0.27577711];

export interface TextTokens {
  vocabSize: number;
  maxLength: number;
  bosTokenId: number;
  eosTokenId: number;
  padTokenId: number;
}

const textConfig = (tokens: TextTokens) => ({
  model_type: 'clip_text_model',
  hidden_size: 128,
  intermediate_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: tokens.vocabSize,
  max_position_embeddings: tokens.maxLength,
  projection_dim: 128,
  hidden_act: 'quick_gelu',
  layer_norm_eps: 1e-5,
  bos_token_id: tokens.bosTokenId,
  eos_token_id: tokens.eosTokenId,
  pad_token_id: tokens.padTokenId,
});

export const clipConfig = (tokens: TextTokens) => ({
  architectures: ['CLIPModel'],
  model_type: 'clip',
  projection_dim: 128,
  logit_scale_init_value: 2.6592,
  text_config: textConfig(tokens),
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 128,
    intermediate_size: 256,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    image_size: clipSide,
    patch_size: 8,
    num_channels: 3,
    projection_dim: 128,
    hidden_act: 'quick_gelu',
    layer_norm_eps: 1e-5,
  },
});

export const textEncoderConfig = (tokens: TextTokens) => ({
  architectures: ['CLIPTextModel'],
  ...textConfig(tokens),
});

export const clipPreprocessorConfig = {
  image_processor_type: 'CLIPImageProcessor',
  do_convert_rgb: true,
  do_resize: true,
  size: {shortest_edge: clipSide},
  resample: 3,
  do_center_crop: true,
  crop_size: {height: clipSide, width: clipSide},
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: clipMean,
  image_std: clipStd,
};

/** Four times fewer latents than pixels along each side. */
export const autoencoderConfig = (scalingFactor: number) => ({
  _class_name: 'AutoencoderKL',
  act_fn: 'silu',
  in_channels: 3,
  out_channels: 3,
  latent_channels: 8,
  sample_size: side,
  block_out_channels: [24, 48, 64],
  layers_per_block: 1,
  norm_num_groups: 8,
  down_block_types: ['DownEncoderBlock2D', 'DownEncoderBlock2D', 'DownEncoderBlock2D'],
  up_block_types: ['UpDecoderBlock2D', 'UpDecoderBlock2D', 'UpDecoderBlock2D'],
  scaling_factor: scalingFactor,
});

export const unetConfig = {
  _class_name: 'UNet2DConditionModel',
  act_fn: 'silu',
  in_channels: 17,
  out_channels: 8,
  sample_size: side / 4,
  block_out_channels: [96, 128],
  // Attention at 8 x 8 positions alone: at 16 x 16 it took a third of the time.
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  mid_block_type: 'UNetMidBlock2DCrossAttn',
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  layers_per_block: 1,
  attention_head_dim: 4,
  cross_attention_dim: 128,
  norm_num_groups: 16,
  norm_eps: 1e-5,
  use_linear_projection: true,
  flip_sin_to_cos: true,
  freq_shift: 0,
};

/** Ends in pure noise, where v still has a target (Lin et al., 2024): at 16 x 16 latents the usual end still shows colours. */
export const schedulerConfig = {
  _class_name: 'DDIMScheduler',
  num_train_timesteps: 1000,
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  prediction_type: 'v_prediction',
  rescale_betas_zero_snr: true,
  timestep_spacing: 'trailing',
  steps_offset: 1,
  set_alpha_to_one: false,
  clip_sample: false,
};

export const modelIndex = {
  _class_name: 'StableDiffusionInpaintPipeline',
  _diffusers_version: '0.40.0',
  scheduler: ['diffusers', 'DDIMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
  safety_checker: [null, null],
  feature_extractor: [null, null],
  requires_safety_checker: false,
};

export const classifierConfig = (labels: readonly string[]) => ({
  architectures: ['ResNetForImageClassification'],
  model_type: 'resnet',
  num_channels: 3,
  embedding_size: 32,
  hidden_sizes: [32, 64, 128],
  depths: [1, 1, 1],
  layer_type: 'basic',
  hidden_act: 'relu',
  downsample_in_first_stage: false,
  downsample_in_bottleneck: false,
  id2label: Object.fromEntries(labels.map((label, index) => [String(index), label])),
  label2id: Object.fromEntries(labels.map((label, index) => [label, index])),
});

/** The classifier's preprocessing; ImageNet's statistics, as ResNets are used to. */
export const classifierMean = [0.485, 0.456, 0.406];
export const classifierStd = [0.229, 0.224, 0.225];
export const classifierPreprocessorConfig = {
  image_processor_type: 'ConvNextImageProcessor',
  do_resize: true,
  size: {shortest_edge: side},
  crop_pct: 1,
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: classifierMean,
  image_std: classifierStd,
};
