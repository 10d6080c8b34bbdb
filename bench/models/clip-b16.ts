/** The vision tower of CLIP ViT-B/16 as transformers' config.json tells it, and one for trying rows. */

export const VISION_B16 = {
  model_type: 'clip_vision_model',
  architectures: ['CLIPVisionModelWithProjection'],
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  image_size: 224,
  patch_size: 16,
  projection_dim: 512,
  hidden_act: 'quick_gelu',
};

export const SMALL_VISION = {
  ...VISION_B16,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  image_size: 32,
  patch_size: 8,
  projection_dim: 16,
};
