/** The architecture of stable-diffusion-2-inpainting, as its config.json files tell it, and one for trying rows. */

export const UNET = {
  _class_name: 'UNet2DConditionModel',
  sample_size: 64,
  in_channels: 9,
  out_channels: 4,
  block_out_channels: [320, 640, 1280, 1280],
  down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
  layers_per_block: 2,
  attention_head_dim: [5, 10, 20, 20],
  cross_attention_dim: 1024,
  use_linear_projection: true,
};

export const VAE = {
  _class_name: 'AutoencoderKL',
  sample_size: 512,
  in_channels: 3,
  out_channels: 3,
  latent_channels: 4,
  block_out_channels: [128, 256, 512, 512],
  down_block_types: Array<string>(4).fill('DownEncoderBlock2D'),
  up_block_types: Array<string>(4).fill('UpDecoderBlock2D'),
  layers_per_block: 2,
  norm_num_groups: 32,
  scaling_factor: 0.18215,
};

export const SMALL_UNET = {
  ...UNET,
  block_out_channels: [32, 64, 64, 64],
  attention_head_dim: [2, 4, 4, 4],
  cross_attention_dim: 32,
};

export const SMALL_VAE = {...VAE, block_out_channels: [32, 32, 64, 64]};

/** A denoiser that is needed where nothing is denoised. */
export const NO_UNET = {
  ...SMALL_UNET,
  in_channels: 4,
  block_out_channels: [32],
  attention_head_dim: [2],
  down_block_types: ['CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D'],
  layers_per_block: 1,
};

/** transformers' ResNet-50 for ImageNet. */
export const RESNET_50 = {
  model_type: 'resnet',
  architectures: ['ResNetForImageClassification'],
  num_channels: 3,
  embedding_size: 64,
  hidden_sizes: [256, 512, 1024, 2048],
  depths: [3, 4, 6, 3],
  layer_type: 'bottleneck',
  hidden_act: 'relu',
  id2label: Object.fromEntries(Array.from({length: 1000}, (_, i) => [String(i), `class ${i}`])),
};

export const SMALL_RESNET = {
  ...RESNET_50,
  embedding_size: 8,
  hidden_sizes: [8, 16],
  depths: [1, 1],
  layer_type: 'basic',
  id2label: {0: 'a', 1: 'b', 2: 'c'},
};
