import sharp from 'sharp';
import {contactSheet} from '../data/contact-sheet.js';
import {writeFileAtomic} from '../data/files/atomic-file.js';
import type {RgbImage} from '../data/image.js';
import type {RunContext} from './run-context.js';

/** Beside synthetic/, not in it: a reader of image folders expects a row for every picture. */
export const PREVIEWS = 'previews';

/** previews/<class>/<id>.webp of synthetic/<class>/<id>.png, as metadata.jsonl names it. */
export const previewFile = (sample: string): string => `${PREVIEWS}/${sample.replace(/\.png$/, '.webp')}`;

/** One picture of a sample: the images of its iterations from left to right, sixteen a row. */
export async function savePreviews(
  run: RunContext,
  sample: string,
  previews: readonly RgbImage[],
): Promise<void> {
  if (previews.length === 0) return;
  const {data, width, height} = contactSheet(previews);
  const encoded = await sharp(data, {raw: {width, height, channels: 3}})
    .webp({quality: 85})
    .toBuffer();
  await writeFileAtomic(run.directory.file(...previewFile(sample).split('/')), encoded);
}
