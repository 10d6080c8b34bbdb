import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import sharp from 'sharp';
import type {RunConfigInput} from '../../ts/pipeline/config/schema.js';
import type {TinyModels} from './tiny-models.js';

const CLASSES = ['camel', 'light_bulb', 'owl'];
const WORDS = [
  'tree',
  'cactus',
  'bank',
  'anchor',
  'key',
  'pizza',
  'rocket',
  'bus',
  'lemon',
  'hammer',
  'camel',
  'cloud',
];

/** A smooth image that differs with its number, in the format that its name says. */
async function drawImage(path: string, number: number): Promise<void> {
  const [width, height] = [36 + (number % 5), 32 + (number % 3)];
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y, channel] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width), at % 3];
    data[at] =
      128 + 100 * Math.sin((x * (1 + channel) + number * 3) / 9) * Math.cos((y + number * channel) / 7);
  }
  mkdirSync(dirname(path), {recursive: true});
  const format = path.endsWith('.png') ? 'png' : 'jpeg';
  await sharp(data, {raw: {width, height, channels: 3}})
    .toFormat(format)
    .toFile(path);
}

/** Image folders and word lists for runs of a few seconds. */
export async function tinyData(root: string, perClass = 6): Promise<NonNullable<RunConfigInput['data']>> {
  let number = 0;
  for (const name of CLASSES) {
    for (let i = 0; i < perClass; i++) {
      await drawImage(join(root, 'ind', name, `${i}.${i % 2 === 0 ? 'png' : 'jpg'}`), number++);
    }
  }
  for (const set of ['near', 'far']) {
    for (let i = 0; i < 6; i++) await drawImage(join(root, 'ood', set, `${i}.jpg`), number++ * 7);
  }
  writeFileSync(join(root, 'words.txt'), `${WORDS.join('\n')}\n`);
  writeFileSync(join(root, 'adjectives.txt'), 'green\nold\nsmall\n');
  return {
    inDistribution: join(root, 'ind'),
    outOfDistribution: join(root, 'ood'),
    vocabulary: join(root, 'words.txt'),
    adjectives: join(root, 'adjectives.txt'),
  };
}

/** Settings with which every stage takes about a second. */
export function tinyConfig(data: RunConfigInput['data'], models: TinyModels): RunConfigInput {
  return {
    name: 'tiny',
    data,
    models: {...models},
    select: {perClass: 3},
    synthesize: {batchSize: 4, steps: 3, strength: 1, guidanceScale: 2, maxIterations: 3},
    mine: {share: 0.5},
    finetune: {
      use: 'all',
      projection: {epochs: 2, batchSize: 8},
      labels: {epochs: 2, batchSize: 8},
    },
    evaluate: {groups: 3},
    engine: {device: 'cpu', threads: 1, batchSize: 8},
  };
}
