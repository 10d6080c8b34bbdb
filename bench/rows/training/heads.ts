import type {NamedTensor, TrainerOptions} from '../../../ts/binding/contract.js';
import {Clip} from '../../../ts/models/clip.js';
import type {Engine} from '../../../ts/models/engine.js';
import {epochOrder} from '../../../ts/training/epochs.js';
import {Trainer} from '../../../ts/training/trainer.js';
import {emojiAsset} from '../../../ts/worlds/emoji/assets.js';
import type {Row, Settings} from '../../harness/row.js';
import {readStored, type StoredTensor, type Workspace} from '../../harness/workspace.js';
import {TINY_CLIP} from '../../models/tiny-clip.js';

/** A training of a head on CLIP's features. */
export interface HeadSize {
  samples: number;
  labels: number;
  width: number;
  batch: number;
  epochs: number;
}

/** SynOOD's own: CLIP B/16's width, 1,000 classes and 5,620 mined labels; a tenth of its 100,000 images. */
const PUBLISHED: HeadSize = {samples: 10_000, labels: 6620, width: 512, batch: 128, epochs: 1};
/** A few dozen classes with a few hundred negative labels. */
const CUSTOM: HeadSize = {samples: 10_000, labels: 300, width: 512, batch: 128, epochs: 1};
/** Emoji World's. */
const TINY: HeadSize = {samples: 2000, labels: 60, width: 128, batch: 64, epochs: 3};
const QUICK: HeadSize = {samples: 60, labels: 9, width: 16, batch: 10, epochs: 2};

export type Side = 'projection' | 'labels';

/** From the seed: a label for each sample, far from a permutation so that every row of the table has some. */
const labelOf = (sample: number, labels: number): number => (sample * 7919) % labels;

export async function headSettings(
  workspace: Workspace,
  side: Side,
  size: HeadSize,
  features?: StoredTensor,
): Promise<Settings> {
  const {samples, labels, width, batch, epochs} = size;
  const name = `training-${samples}-${labels}-${width}`;
  const order = epochOrder(0, samples, epochs, batch);
  const floats = Float32Array.from(order.data, Number);
  return {
    side,
    ...size,
    features: features ?? (await workspace.input(`${name}-features`, [samples, width], 1)),
    table: await workspace.input(`${name}-table`, [labels, width], 2),
    weight: await workspace.input(`${name}-weight`, [width, width], 3, 1 / Math.sqrt(width)),
    order: await workspace.store(`${name}-order-${batch}-${epochs}`, {data: floats, shape: order.shape}),
  };
}

/** Products alone: logits and their gradients, and for the projection its own three. */
export function headFlops(side: Side, {samples, labels, width, epochs}: HeadSize): number {
  const table = 4 * labels * width;
  return samples * epochs * (side === 'labels' ? table : table + 4 * width * width);
}

export function trainerOptions(side: Side, steps: number): TrainerOptions {
  return side === 'projection'
    ? {
        optimizer: {
          kind: 'adam',
          learningRate: 1e-3,
          finalLearningRate: 1e-5,
          weightDecay: 1e-5,
          totalSteps: steps,
        },
      }
    : {
        optimizer: {kind: 'sgd', learningRate: 2e-2, momentum: 0.9, weightDecay: 1e-5, totalSteps: steps},
      };
}

/** Everything of a head's training but the features: what is timed begins with a fresh head. */
export async function headTraining(engine: Engine, settings: Settings) {
  const {side, samples, labels} = settings as unknown as HeadSize & {side: Side};
  const table = await readStored(settings['table']);
  const width = table.shape[1]!;
  const {data, shape} = await readStored(settings['order']);
  const order = {data: BigInt64Array.from(data, (row) => BigInt(row)), shape};
  const classes = {
    data: BigInt64Array.from({length: samples}, (_, n) => BigInt(labelOf(n, labels))),
    shape: [samples],
  };
  const ones = (value: number) => ({data: new Float32Array(width).fill(value), shape: [width]});
  const initial: NamedTensor[] = [
    {name: 'weight', tensor: await readStored(settings['weight'])},
    {name: 'bias', tensor: ones(0)},
    {name: 'norm_weight', tensor: ones(1)},
    {name: 'norm_bias', tensor: ones(0)},
  ];
  const options = trainerOptions(side, shape[0]!);
  return async (features: NamedTensor['tensor']): Promise<Float32Array> => {
    using trainer =
      side === 'projection'
        ? await Trainer.projection(engine, table, options, initial)
        : await Trainer.labels(engine, table, options);
    const pool = [
      {name: 'features', tensor: features},
      {name: 'labels', tensor: classes},
    ];
    return Float32Array.from(await trainer.run(pool, order));
  };
}

const fromFeatures = (name: string, side: Side, size: HeadSize): Row => ({
  name,
  title: `${side === 'projection' ? 'projection' : 'label tuning'} from features, ${size.epochs} epochs of ${size.samples}, ${size.labels} labels of ${size.width}, batch ${size.batch}`,
  operation: 'product',
  tolerance: 1e-3,
  peer: {script: 'training.py', name: 'PyTorch eager, DataLoader'},
  async prepare(workspace, {quick}) {
    const used = quick ? QUICK : size;
    return {settings: await headSettings(workspace, side, used), work: headFlops(side, used)};
  },
  async load(engine, settings) {
    const train = await headTraining(engine, settings);
    const features = await readStored(settings['features']);
    return () => train(features);
  },
});

const fromImages = (name: string, side: Side, epochs: number): Row => ({
  name,
  title: `${side === 'projection' ? 'projection' : 'label tuning'} from 1024 images of 64x64, ${epochs} epochs, the tiny CLIP`,
  operation: 'product',
  tolerance: 1e-3,
  peer: {script: 'training.py', name: 'the published loop: images encoded in every epoch'},
  async prepare(workspace, {quick}) {
    const samples = quick ? 20 : 1024;
    const size = {samples, labels: 60, width: 128, batch: quick ? 10 : 128, epochs};
    const pixels = await workspace.input(`training-pixels-${samples}`, [samples, 3, 64, 64], 4);
    const settings = await headSettings(workspace, side, size, pixels);
    return {
      settings: {...settings, clip: await workspace.model('clip', TINY_CLIP)},
      // The encoder's products for each image once: ViT of 65 tokens, width 128, 4 layers.
      work: headFlops(side, size) + samples * 2 * 65 * 4 * (12 * 128 * 128 + 2 * 65 * 128),
    };
  },
  async load(engine, settings) {
    const clip = await Clip.load(engine, settings['clip'] as string, {tokenizer: emojiAsset('tokenizer')});
    const train = await headTraining(engine, settings);
    const pixels = await readStored(settings['features']);
    return async () => train(await clip.encodeImages(pixels, {batchSize: 64}));
  },
});

export default [
  fromFeatures('projection-features', 'projection', TINY),
  fromFeatures('projection-features-custom', 'projection', CUSTOM),
  fromFeatures('projection-features-published', 'projection', PUBLISHED),
  fromFeatures('labels-features', 'labels', TINY),
  fromFeatures('labels-features-custom', 'labels', CUSTOM),
  fromFeatures('labels-features-published', 'labels', PUBLISHED),
  fromImages('projection-images', 'projection', 3),
  fromImages('labels-images', 'labels', 5),
] satisfies Row[];
