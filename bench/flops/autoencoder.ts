import {attention, convolution, linear} from './layers.js';

export interface AutoencoderConfig {
  block_out_channels: number[];
  layers_per_block: number;
  latent_channels: number;
}

/** Products and convolutions of one decoding; latents (batch, C, side, side). */
export function decoderFlops(config: AutoencoderConfig, batch: number, side: number): number {
  const channels = [...config.block_out_channels].reverse();
  const widest = channels[0]!;
  let positions = batch * side * side;
  let total = convolution(positions, config.latent_channels, config.latent_channels, 1);
  total += convolution(positions, config.latent_channels, widest);
  total += 2 * resnet(positions, widest, widest);
  total += linear(positions, widest, 4 * widest) + attention(batch, side * side, side * side, widest);
  channels.forEach((width, block) => {
    for (let layer = 0; layer <= config.layers_per_block; layer++) {
      total += resnet(positions, layer === 0 ? channels[Math.max(0, block - 1)]! : width, width);
    }
    if (block + 1 < channels.length) {
      positions *= 4;
      total += convolution(positions, width, width);
    }
  });
  return total + convolution(positions, channels.at(-1)!, 3);
}

function resnet(positions: number, input: number, output: number): number {
  const shortcut = input === output ? 0 : convolution(positions, input, output, 1);
  return convolution(positions, input, output) + convolution(positions, output, output) + shortcut;
}
