import {decoderFlops} from '../../flops/autoencoder.js';
import type {Row} from '../../harness/row.js';
import {readStored} from '../../harness/workspace.js';
import {SMALL_VAE, VAE} from '../../models/stable-diffusion-2.js';

const decode: Row = {
  name: 'vae-decode-256',
  title: 'latents to a picture, SD2’s AutoencoderKL, 256x256',
  operation: 'convolution',
  tolerance: 1e-4,
  peer: {script: 'diffusion.py', name: 'diffusers eager'},
  async prepare(workspace, {quick}) {
    const config = quick ? SMALL_VAE : VAE;
    const side = quick ? 4 : 32;
    return {
      settings: {
        folder: await workspace.model('autoencoder-kl', config),
        latents: await workspace.input(`vae-latents-${side}`, [1, 4, side, side], 3),
      },
      work: decoderFlops(config, 1, side),
    };
  },
  async load(engine, {folder, latents}) {
    const vae = await engine.loadAutoencoderKl(folder as string);
    const input = await readStored(latents);
    return async () => (await vae.decode(input, {batchSize: 1})).data;
  },
};

export default [decode];
