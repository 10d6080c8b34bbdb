import {Clip} from '../../../ts/models/clip.js';
import {Trainer} from '../../../ts/training/trainer.js';
import {emojiAsset} from '../../../ts/worlds/emoji/assets.js';
import type {Row} from '../../harness/row.js';
import {readStored} from '../../harness/workspace.js';
import {TINY_CLIP} from '../../models/tiny-clip.js';

const LENGTH = 16;
const STEPS = 2;

/** Words with the end at the last place: captions of the full length. */
const idOf = (pair: number, place: number): number => {
  if (place === 0) return 998;
  return place === LENGTH - 1 ? 999 : (pair * 31 + place * 17) % 990;
};

/** Multiplications and additions of a layer's products, forward, for each token. */
const tokenFlops = (width: number, tokens: number) => 2 * (12 * width * width + 2 * tokens * width);

const contrastive: Row = {
  name: 'contrastive-step',
  title: `${STEPS} steps of contrastive training, the tiny CLIP (64x64, patch 8, width 128, 4 + 2 layers), batch 192`,
  operation: 'product',
  // Of losses; Adam's first steps scale rounding up where a gradient is next to nothing.
  tolerance: 1e-3,
  peer: {script: 'training.py', name: 'transformers and PyTorch eager, AdamW'},
  async prepare(workspace, {quick}) {
    const batch = quick ? 6 : 192;
    return {
      settings: {
        clip: await workspace.model('clip', TINY_CLIP),
        pixels: await workspace.input(`contrastive-pixels-${batch}`, [batch, 3, 64, 64], 5),
        ids: await workspace.store(`contrastive-ids-${batch}`, {
          data: Float32Array.from({length: batch * LENGTH}, (_, at) =>
            idOf(Math.floor(at / LENGTH), at % LENGTH),
          ),
          shape: [batch, LENGTH],
        }),
        steps: STEPS,
      },
      work: STEPS * 3 * batch * (4 * 65 * tokenFlops(128, 65) + 2 * LENGTH * tokenFlops(128, LENGTH)),
    };
  },
  async load(engine, settings) {
    const clip = await Clip.load(engine, settings['clip'] as string, {tokenizer: emojiAsset('tokenizer')});
    const pixels = await readStored(settings['pixels']);
    const ids = await readStored(settings['ids']);
    const batch = pixels.shape[0]!;
    const trainer = await Trainer.contrastive(engine, clip, {
      optimizer: {kind: 'adamw', learningRate: 1e-4, weightDecay: 0.01},
    });
    const pool = [
      {name: 'pixels', tensor: pixels},
      {name: 'ids', tensor: {data: BigInt64Array.from(ids.data, (id) => BigInt(id)), shape: ids.shape}},
    ];
    const rows = BigInt64Array.from({length: STEPS * batch}, (_, at) => BigInt(at % batch));
    return async () => Float32Array.from(await trainer.run(pool, {data: rows, shape: [STEPS, batch]}));
  },
};

export default [contrastive];
