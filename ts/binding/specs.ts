/** Architectures and schedulers as they cross the seam: the structs of native/include/synood/specs.h in camelCase. */

export interface ClipTextSpec {
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  vocabSize: number;
  maxPositionEmbeddings: number;
  /** 0: the folder has no projection */
  projectionDim: number;
  eosTokenId: number;
  layerNormEps: number;
  hiddenAct: string;
}

export interface ClipVisionSpec {
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  imageSize: number;
  patchSize: number;
  numChannels: number;
  projectionDim: number;
  layerNormEps: number;
  hiddenAct: string;
}

export interface ClipSpec {
  text?: ClipTextSpec;
  vision?: ClipVisionSpec;
  logitScaleInit: number;
}

export interface UnetSpec {
  inChannels: number;
  outChannels: number;
  sampleSize: number;
  blockOutChannels: number[];
  downBlockTypes: string[];
  upBlockTypes: string[];
  layersPerBlock: number;
  numAttentionHeads: number[];
  transformerLayersPerBlock: number[];
  crossAttentionDim: number;
  normNumGroups: number;
  normEps: number;
  useLinearProjection: boolean;
  flipSinToCos: boolean;
  freqShift: number;
  /** '': none; 'text_time': Stable Diffusion XL's pooled text embedding and sizes */
  additionEmbedType?: '' | 'text_time';
  additionTimeEmbedDim?: number;
  projectionClassEmbeddingsInputDim?: number;
  /** a distilled model takes the guidance scale as an input of this width; 0: it doesn't */
  timeCondProjDim?: number;
}

export interface AutoencoderKlSpec {
  inChannels: number;
  outChannels: number;
  latentChannels: number;
  blockOutChannels: number[];
  layersPerBlock: number;
  normNumGroups: number;
  scalingFactor: number;
  shiftFactor: number;
  /** per latent channel, where the model has them: scaled = (z - mean) / std * scalingFactor */
  latentsMean?: number[];
  latentsStd?: number[];
  /** a float16 engine keeps this autoencoder in float32 */
  forceUpcast?: boolean;
}

export interface AutoencoderTinySpec {
  inChannels: number;
  outChannels: number;
  latentChannels: number;
  encoderBlockOutChannels: number[];
  decoderBlockOutChannels: number[];
  numEncoderBlocks: number[];
  numDecoderBlocks: number[];
  actFn: string;
  scalingFactor: number;
}

export interface ResnetSpec {
  numChannels: number;
  embeddingSize: number;
  hiddenSizes: number[];
  depths: number[];
  layerType: 'basic' | 'bottleneck';
  hiddenAct: string;
  downsampleInFirstStage: boolean;
  downsampleInBottleneck: boolean;
  numLabels: number;
}

export interface VitSpec {
  hiddenSize: number;
  intermediateSize: number;
  numHiddenLayers: number;
  numAttentionHeads: number;
  imageSize: number;
  patchSize: number;
  numChannels: number;
  qkvBias: boolean;
  layerNormEps: number;
  hiddenAct: string;
  numLabels: number;
}

export interface SchedulerSpec {
  kind: 'ddim' | 'pndm' | 'euler' | 'euler_ancestral' | 'dpmsolver_multistep' | 'unipc_multistep' | 'lcm';
  numTrainTimesteps: number;
  betaStart: number;
  betaEnd: number;
  betaSchedule: 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';
  predictionType: 'epsilon' | 'v_prediction' | 'sample';
  timestepSpacing: 'leading' | 'trailing' | 'linspace';
  stepsOffset: number;
  setAlphaToOne: boolean;
  clipSample: boolean;
  clipSampleRange: number;
  skipPrkSteps: boolean;
  rescaleBetasZeroSnr: boolean;
  /** euler, dpmsolver_multistep, unipc_multistep */
  useKarrasSigmas?: boolean;
  finalSigmasType?: 'zero' | 'sigma_min';
  /** dpmsolver_multistep: 1 or 2; unipc_multistep: 1 to 3 */
  solverOrder?: number;
  algorithmType?: 'dpmsolver++' | 'sde-dpmsolver++';
  /** dpmsolver_multistep: midpoint, heun; unipc_multistep: bh1, bh2 */
  solverType?: 'midpoint' | 'heun' | 'bh1' | 'bh2';
  lowerOrderFinal?: boolean;
  eulerAtFinal?: boolean;
  lambdaMinClipped?: number;
  /** unipc_multistep: steps after which nothing is corrected */
  disableCorrector?: number[];
  /** lcm */
  originalInferenceSteps?: number;
  timestepScaling?: number;
}

export interface PixelTransformSpec {
  /** shorter side in pixels; 0 leaves the size */
  resize: number;
  /** 0: no crop */
  crop: number;
  interpolation: 'bilinear' | 'bicubic';
  mean: number[];
  std: number[];
}
