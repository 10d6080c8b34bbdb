import sharp from 'sharp';
import {decodeImage, type ImageInput} from '../../data/image.js';

/**
 * An image as a data URL, made smaller so that its longer side has at most `maxSide` pixels: servers count tokens by pixels.
 *
 * @throws SynoodError ERR_IMAGE naming the image that cannot be read
 */
export async function imageDataUrl(image: ImageInput, maxSide: number, name?: string): Promise<string> {
  const {data, width, height} = await decodeImage(image, {name});
  const bytes = await sharp(data, {raw: {width, height, channels: 3}})
    .resize({width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true})
    .jpeg({quality: 90})
    .toBuffer();
  return `data:image/jpeg;base64,${bytes.toString('base64')}`;
}
