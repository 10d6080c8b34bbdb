import {attention, convolution, linear} from './layers.js';

export interface UnetConfig {
  in_channels: number;
  out_channels: number;
  block_out_channels: number[];
  down_block_types: string[];
  up_block_types: string[];
  layers_per_block: number;
  cross_attention_dim: number;
}

/** Products and convolutions of one call; sample (batch, C, side, side), context (batch, tokens, D). */
export function unetFlops(config: UnetConfig, batch: number, side: number, tokens: number): number {
  const channels = config.block_out_channels;
  const last = channels.length - 1;
  const time = 4 * channels[0]!;
  const resnet = (size: number, input: number, output: number) => {
    const positions = batch * size * size;
    const shortcut = input === output ? 0 : convolution(positions, input, output, 1);
    const own = convolution(positions, input, output) + convolution(positions, output, output);
    return own + shortcut + linear(batch, time, output);
  };
  const transformer = (size: number, width: number) => {
    const length = size * size;
    const rows = batch * length;
    const selfAttention = linear(rows, width, 4 * width) + attention(batch, length, length, width);
    const cross =
      linear(rows, width, 2 * width) +
      linear(batch * tokens, config.cross_attention_dim, 2 * width) +
      attention(batch, length, tokens, width);
    const feedForward = linear(rows, width, 8 * width) + linear(rows, 4 * width, width);
    return linear(rows, width, 2 * width) + selfAttention + cross + feedForward;
  };

  let size = side;
  let total = linear(batch, channels[0]!, time) + linear(batch, time, time);
  total += convolution(batch * size * size, config.in_channels, channels[0]!);
  const skips = [channels[0]!];
  channels.forEach((width, block) => {
    for (let layer = 0; layer < config.layers_per_block; layer++) {
      total += resnet(size, layer === 0 ? channels[Math.max(0, block - 1)]! : width, width);
      if (config.down_block_types[block]!.startsWith('CrossAttn')) total += transformer(size, width);
      skips.push(width);
    }
    if (block < last) {
      size /= 2;
      total += convolution(batch * size * size, width, width);
      skips.push(width);
    }
  });
  const widest = channels[last]!;
  total += 2 * resnet(size, widest, widest) + transformer(size, widest);
  let below = widest;
  channels.toReversed().forEach((width, block) => {
    for (let layer = 0; layer <= config.layers_per_block; layer++) {
      total += resnet(size, below + skips.pop()!, width);
      below = width;
      if (config.up_block_types[block]!.startsWith('CrossAttn')) total += transformer(size, width);
    }
    if (block < last) {
      size *= 2;
      total += convolution(batch * size * size, width, width);
    }
  });
  return total + convolution(batch * side * side, channels[0]!, config.out_channels);
}
