import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../binding/errors.js';
import {readConfig} from './config-file.js';
import {anonymousLabels, parseResnetConfig, type ResnetConfig} from './resnet-config.js';
import {inferResnetConfig} from './resnet-from-weights.js';
import {resolveWeights} from './weights/weight-files.js';

const timmSchema = z.looseObject({
  architecture: z.string(),
  label_names: z.array(z.string()).nullish(),
  pretrained_cfg: z.looseObject({label_names: z.array(z.string()).nullish()}).nullish(),
});

/**
 * Reads the configuration of a ResNet folder: transformers' config.json, or timm's, which only names an
 * architecture, so that the sizes are taken from the weights.
 *
 * @throws SynoodError ERR_MODEL_FORMAT or ERR_IO naming the file
 */
export async function readResnetConfig(folder: string): Promise<ResnetConfig> {
  const {json, file} = await readConfig(folder, 'config.json');
  const timm = timmSchema.safeParse(json);
  if (!timm.success) return parseResnetConfig(json, file);
  if (!/^resnet\d+$/.test(timm.data.architecture)) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: architecture is "${timm.data.architecture}"; supported: "resnet18", "resnet34", "resnet50", "resnet101", "resnet152".`,
    );
  }
  const entries = (await resolveWeights(folder, 'model')).flatMap((weights) => weights.entries);
  const inferred = inferResnetConfig(entries, join(folder, 'model.safetensors'));
  const names = timm.data.label_names ?? timm.data.pretrained_cfg?.label_names;
  if (names && names.length !== inferred.numLabels) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      `${file}: label_names has ${names.length} items, the classifier ${inferred.numLabels} outputs; expected as many.`,
    );
  }
  return {...inferred, labels: names ?? anonymousLabels(inferred.numLabels)};
}
