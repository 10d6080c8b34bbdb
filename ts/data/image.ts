import {readFile, stat} from 'node:fs/promises';
import sharp, {type Sharp} from 'sharp';
import {messageOf, SynoodError} from '../binding/errors.js';

/** Pixels that the caller has decoded: row by row, channels interleaved, 8 bits each. */
export interface RawImage {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA */
  channels: 1 | 2 | 3 | 4;
}

/** A path, an encoded file's bytes, or decoded pixels. */
export type ImageInput = string | Uint8Array | RawImage;

/** 8-bit sRGB, row by row, R G B interleaved: (height, width, 3). */
export interface RgbImage {
  data: Uint8Array;
  width: number;
  height: number;
}

export interface DecodeOptions {
  /** Larger images are refused, before they are decoded; default 16383 x 16383. */
  maxPixels?: number;
  /** What messages call the image; default: its path, or "the image". */
  name?: string;
}

const MAX_PIXELS = 16383 ** 2;
const MAX_FILE_BYTES = 2 ** 30;
const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif', 'avif'];

function imageError(name: string, reason: string, cause?: unknown): SynoodError {
  return new SynoodError('ERR_IMAGE', `${name}: ${reason}.`, {cause});
}

/** libvips' message in plain words. */
function reasonOf(error: unknown): string {
  const message = messageOf(error).replace(/\s+/g, ' ').trim();
  if (/unsupported image format|contains unsupported/i.test(message)) {
    return 'not an image of a known format (JPEG, PNG, WebP, GIF, TIFF, AVIF)';
  }
  if (/exceeds pixel limit/i.test(message)) return 'more pixels than allowed';
  if (
    /premature end|truncat|unexpected end|end of (stream|file)|not enough data|read error|read gave/i.test(
      message,
    )
  ) {
    return `the file is cut off (${message})`;
  }
  return `the file is damaged (${message})`;
}

async function readImageFile(path: string, name: string): Promise<Buffer> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) throw imageError(name, 'a directory, not an image file');
    // A pipe or a device could keep the reader waiting for ever.
    if (!stats.isFile()) throw imageError(name, 'not a regular file');
    if (stats.size > MAX_FILE_BYTES)
      throw imageError(name, `the file has ${stats.size} bytes, more than allowed`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw imageError(name, 'there is no such file', error);
    throw imageError(name, `cannot be read (${messageOf(error)})`, error);
  }
}

function fromRaw({data, width, height, channels}: RawImage, name: string): RgbImage {
  const known = Number.isInteger(width) && Number.isInteger(height) && [1, 2, 3, 4].includes(channels);
  if (!known || width < 1 || height < 1 || data.length !== width * height * channels) {
    throw imageError(
      name,
      `expected ${width} x ${height} x ${channels} bytes of pixels with 1 to 4 channels, got ${data.length} bytes`,
    );
  }
  if (channels === 3) return {data: new Uint8Array(data.buffer, data.byteOffset, data.length), width, height};
  const rgb = new Uint8Array(width * height * 3);
  const step = channels === 4 ? 1 : 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = data[pixel * channels + c * step]!;
  }
  return {data: rgb, width, height};
}

/**
 * Decodes an image to upright 8-bit RGB: turned as EXIF says; grey, 16-bit, palette and CMYK converted; of an
 * animation the first frame. As in Pillow's `convert('RGB')`, which CLIP's and other reference preprocessing use,
 * transparency is dropped, not blended, and the colour profile of an RGB or grey image is not applied (that of a
 * CMYK image is). Raw pixels are taken as they are, three channels without a copy.
 *
 * @throws SynoodError ERR_IMAGE naming the file and the reason: empty, cut off, damaged, not an image, too large
 */
export async function decodeImage(input: ImageInput, options: DecodeOptions = {}): Promise<RgbImage> {
  const name = options.name ?? (typeof input === 'string' ? input : 'the image');
  if (typeof input !== 'string' && !(input instanceof Uint8Array)) return fromRaw(input, name);
  const bytes = typeof input === 'string' ? await readImageFile(input, name) : input;
  if (bytes.length === 0) throw imageError(name, 'the file is empty');
  const maxPixels = options.maxPixels ?? MAX_PIXELS;
  const open = (ignoreIcc: boolean): Sharp =>
    sharp(bytes, {
      failOn: 'error',
      limitInputPixels: maxPixels,
      sequentialRead: true,
      animated: false,
      ignoreIcc,
    });
  try {
    const {format, space, width, height} = await open(true).metadata();
    if (!FORMATS.includes(format))
      throw imageError(name, `${format} images are not read; convert it to PNG or JPEG`);
    if (width * height > maxPixels) {
      throw imageError(name, `${width} x ${height} pixels, more than the ${maxPixels} allowed`);
    }
    const {data, info} = await open(space !== 'cmyk')
      .autoOrient()
      .toColourspace('srgb')
      .removeAlpha()
      .raw({depth: 'uchar'})
      .toBuffer({resolveWithObject: true});
    if (info.channels === 3)
      return {
        data: new Uint8Array(data.buffer, data.byteOffset, data.length),
        width: info.width,
        height: info.height,
      };
    return fromRaw(
      {data, width: info.width, height: info.height, channels: info.channels as 1 | 2 | 4},
      name,
    );
  } catch (error) {
    if (error instanceof SynoodError) throw error;
    throw imageError(name, reasonOf(error), error);
  }
}
