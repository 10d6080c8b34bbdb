import type {ClipTextSpec, ClipVisionSpec} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {ClipConfig} from './clip-config.js';
import type {WeightFile} from './weights/weight-files.js';

/** Heads by width, of the models that OpenAI published. Larger ones have wider heads, which their tensors do not tell. */
const HEADS: Record<number, number> = {512: 8, 640: 10, 768: 12, 1024: 16};

/** Whether files have the tensors of OpenAI's CLIP. */
export function hasOpenAiKeys(files: readonly WeightFile[]): boolean {
  const names = files.flatMap(({entries}) => entries.map(({name}) => name));
  return names.includes('visual.conv1.weight') || names.includes('transformer.resblocks.0.ln_1.weight');
}

/**
 * The sizes of OpenAI's CLIP from its tensors. The activation leaves no trace in them; archives that OpenAI published carry three
 * numbers that tell them, and those are QuickGELU.
 *
 * @throws SynoodError ERR_MODEL_FORMAT if a tensor is missing, or the activation has to be told
 */
export function clipConfigFromWeights(
  files: readonly WeightFile[],
  activation?: 'quick_gelu' | 'gelu',
): ClipConfig {
  const path = files[0]!.path;
  const shapes = new Map(
    files.flatMap(({entries}) => entries.map(({name, shape}) => [name, shape] as const)),
  );
  const shape = (name: string, rank: number): number[] => {
    const found = shapes.get(name);
    if (found?.length === rank) return found;
    throw new SynoodError('ERR_MODEL_FORMAT', `${path}: expected the key "${name}" with ${rank} dimensions.`);
  };
  const published = shapes.has('input_resolution') || shapes.has('context_length');
  const hiddenAct = activation ?? (published ? 'quick_gelu' : undefined);
  if (hiddenAct === undefined) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${path}: weights do not tell their activation. Add the model's open_clip_config.json, or give it: Clip.load(engine, folder, {activation: 'quick_gelu'}) for OpenAI's, DFN's and MetaCLIP's models, 'gelu' for LAION's.`,
    );
  }
  const layers = (prefix: string) => {
    let count = 0;
    while (shapes.has(`${prefix}transformer.resblocks.${count}.ln_1.weight`)) count++;
    return count;
  };
  const tower = (prefix: string, width: number) => {
    const numAttentionHeads = HEADS[width];
    if (numAttentionHeads === undefined) {
      throw new SynoodError(
        'ERR_MODEL_FORMAT',
        `${path}: a tower of width ${width} is none of OpenAI's, and weights do not tell its heads. Add the model's open_clip_config.json.`,
      );
    }
    return {
      hiddenSize: width,
      intermediateSize: shape(`${prefix}transformer.resblocks.0.mlp.c_fc.weight`, 2)[0]!,
      numHiddenLayers: layers(prefix),
      numAttentionHeads,
      layerNormEps: 1e-5,
      hiddenAct,
    };
  };
  let vision: ClipVisionSpec | undefined;
  if (shapes.has('visual.conv1.weight')) {
    const [width, channels, patch] = shape('visual.conv1.weight', 4) as [number, number, number];
    const side = Math.round(Math.sqrt(shape('visual.positional_embedding', 2)[0]! - 1));
    vision = {
      ...tower('visual.', width),
      imageSize: side * patch,
      patchSize: patch,
      numChannels: channels,
      projectionDim: shape('visual.proj', 2)[1]!,
    };
  }
  let text: ClipTextSpec | undefined;
  if (shapes.has('token_embedding.weight')) {
    const [vocabSize, width] = shape('token_embedding.weight', 2) as [number, number];
    text = {
      ...tower('', width),
      vocabSize,
      maxPositionEmbeddings: shape('positional_embedding', 2)[0]!,
      projectionDim: shape('text_projection', 2)[1]!,
      eosTokenId: 2,
    };
  }
  return {text, vision, logitScaleInit: Math.log(1 / 0.07)};
}
