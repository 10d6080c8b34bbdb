import {z} from 'zod';
import {hashJson} from '../../data/files/canonical-hash.js';
import type {ImagePreprocessing} from '../../data/preprocess.js';
import type {Clip} from '../../models/clip.js';
import {captionedImages, captionTensors} from '../samples/captions.js';
import {imagesHash} from '../samples/images-hash.js';
import {pixelSource} from '../samples/pixels.js';
import type {SampleSource} from '../samples/source.js';
import {at, expectOne, type JobContext, type LeftOut} from './job.js';
import {path} from './settings.js';

/** Images with captions: a file of pairs, or class folders and templates. */
export const pairShape = {
  pairs: path
    .optional()
    .describe(
      'JSON lines {"image", "caption"} or {"image", "captions": [...]}, of which each step draws one; paths relative to the file',
    ),
  images: path.optional().describe('class folders instead; captions are the templates with the class'),
  templates: z.array(z.string().includes('{}')).min(1).default(['a photo of a {}']),
};

type Settings = z.output<z.ZodObject<typeof pairShape>>;

export interface PairData {
  source: SampleSource;
  preprocessing: ImagePreprocessing;
  captions: string[][];
  leftOut: LeftOut[];
  fingerprint: string;
}

export async function pairData(
  {pairs, images, templates}: Settings,
  clip: Clip,
  context: JobContext,
  /** draw one caption for each sample once and for all, as a loop needs that reads `ids` only */
  single = false,
): Promise<PairData> {
  expectOne({pairs, images});
  const found = await captionedImages(
    pairs === undefined ? {images: at(context, images!), templates} : {pairs: at(context, pairs)},
  );
  const captions = single ? found.captions.map((own, row) => [own[row % own.length]!]) : found.captions;
  const rowsOf = captionTensors(captions, clip.tokenizer);
  const {preprocessing} = clip;
  const {source, leftOut} = await pixelSource(found.paths, {
    preprocessing,
    beside: (kept, samples) => rowsOf(samples.map((sample) => kept[sample]!)),
    memory: context.pixelMemory,
    signal: context.signal,
    onPrepare: context.onPrepare,
  });
  const hash = await imagesHash(found.paths, context.signal);
  const fingerprint = hashJson({captions, images: hash, leftOut: leftOut.length});
  return {source, preprocessing, captions, leftOut: [...found.leftOut, ...leftOut], fingerprint};
}
