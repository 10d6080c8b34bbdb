import {readStored} from '../../harness/workspace.js';
import type {Row} from '../../harness/row.js';
import {SMALL_UNET, UNET} from '../../models/stable-diffusion-2.js';
import {unetFlops} from '../../flops/unet.js';

const TOKENS = 77;
/** The denoiser's batch: one picture and its unconditional half. */
const BATCH = 2;

function step(pixels: number): Row {
  return {
    name: `unet-step-${pixels}`,
    title: `one call of SD2-inpainting's UNet, batch ${BATCH} (guidance), ${pixels}x${pixels}`,
    operation: 'convolution',
    tolerance: 1e-4,
    peer: {script: 'diffusion.py', name: 'diffusers eager'},
    async prepare(workspace, {quick}) {
      const config = quick ? SMALL_UNET : UNET;
      const side = quick ? 8 : pixels / 8;
      const width = config.cross_attention_dim;
      return {
        settings: {
          folder: await workspace.model('unet', config),
          sample: await workspace.input(`unet-sample-${side}`, [BATCH, config.in_channels, side, side], 1),
          context: await workspace.input(`unet-context-${width}`, [BATCH, TOKENS, width], 2),
          timestep: 501,
        },
        work: unetFlops(config, BATCH, side, TOKENS),
      };
    },
    async load(engine, {folder, sample, context, timestep}) {
      const unet = await engine.loadUnet(folder as string);
      const input = await readStored(sample);
      const text = await readStored(context);
      const times = {data: Float32Array.from({length: BATCH}, () => timestep as number), shape: [BATCH]};
      return async () => (await unet.predict(input, times, text)).data;
    },
  };
}

export default [step(256), step(512)];
