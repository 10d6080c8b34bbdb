import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {decodeImage} from '../../dist/ts/data/image.js';
import {preprocessImages} from '../../dist/ts/data/preprocess.js';
import {
  IMAGENET_V2_PREPROCESSING,
  parsePreprocessorConfig,
} from '../../dist/ts/models/preprocessor-config.js';
import {writeSafetensors} from '../../dist/ts/models/weights/safetensors.js';

/** What each photograph of list.json becomes, into ours.safetensors; see photographs.py. */
const [work] = process.argv.slice(2);
const files = JSON.parse(readFileSync(join(work, 'list.json'), 'utf8'));
const clip = parsePreprocessorConfig(
  JSON.parse(readFileSync(join(work, 'preprocessor_config.json'), 'utf8')),
);
const manners = {
  transformers: clip,
  openai: {...clip, cropOffset: 'round'},
  imagenet: IMAGENET_V2_PREPROCESSING,
};
const tensors = {};
for (const [at, file] of files.entries()) {
  const image = await decodeImage(file);
  tensors[`${at}/decoded`] = {data: image.data, shape: [image.height, image.width, 3]};
  for (const [name, options] of Object.entries(manners)) {
    tensors[`${at}/${name}`] = preprocessImages([image], options);
  }
}
await writeSafetensors(join(work, 'ours.safetensors'), tensors);
