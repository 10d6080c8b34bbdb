import type {RgbImage} from '../../ts/data/image.js';
import {Engine} from '../../ts/models/engine.js';
import {tinyModels} from '../support/tiny-models.js';

/** An engine with the tiny inpainter: 32 x 32 pixels, an autoencoder's factor of 4. */
export async function openInpainter() {
  const models = await tinyModels();
  const engine = await Engine.open({device: 'cpu', threads: 1});
  return {engine, models, inpainter: await engine.loadInpainter(models.inpainter)};
}

/** Colours that change slowly, so that resizing keeps them. */
export const picture = (width: number, height: number, shift = 0): RgbImage => ({
  data: Uint8Array.from({length: width * height * 3}, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)];
    return Math.round(127 + 100 * Math.sin((x + shift) / 7 + (at % 3)) * Math.cos(y / 9));
  }),
  width,
  height,
});
