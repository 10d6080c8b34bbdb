import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import sharp from 'sharp';
import type {RunConfigInput} from '../../ts/pipeline/config/schema.js';
import {tinyModels} from './tiny-models.js';

/** A picture that differs for each number: stripes whose colours and width come from it. */
async function writePicture(path: string, number: number): Promise<void> {
  const side = 40;
  const data = Buffer.alloc(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const stripe = Math.floor((x + y * (number % 3)) / (2 + (number % 5))) % 2;
      data.set([stripe * 200, (number * 37) % 256, (x * number) % 256], (y * side + x) * 3);
    }
  }
  await sharp(data, {raw: {width: side, height: side, channels: 3}})
    .png()
    .toFile(path);
}

async function writeSet(folder: string, classes: string[], images: number, first: number): Promise<void> {
  for (const [index, name] of classes.entries()) {
    await mkdir(join(folder, name), {recursive: true});
    for (let i = 0; i < images; i++)
      await writePicture(join(folder, name, `${i}.png`), first + index * images + i);
  }
}

/**
 * Writes a few pictures and a configuration of random-weight models beside them: every stage, in seconds.
 *
 * @returns the configuration file
 */
export async function writeSmallRun(root: string, settings: RunConfigInput = {}): Promise<string> {
  await writeSet(join(root, 'in'), ['apple', 'boat', 'cat'], 8, 1);
  await writeSet(join(root, 'out', 'far'), [''], 6, 100);
  const config: RunConfigInput = {
    name: 'small',
    data: {inDistribution: 'in', outOfDistribution: 'out'},
    models: await tinyModels(),
    select: {perClass: 2},
    synthesize: {
      batchSize: 2,
      steps: 3,
      maxIterations: 2,
      strength: 0.9,
      boundary: 0,
      tolerance: 1000,
    },
    mine: {share: 0.5},
    finetune: {projection: {epochs: 2, batchSize: 8}, labels: {epochs: 2, batchSize: 8}},
    evaluate: {groups: 5},
    engine: {device: 'cpu', threads: 1},
    ...settings,
  };
  const file = join(root, 'small.json');
  await writeFile(file, JSON.stringify(config));
  return file;
}
