import type {FloatTensor} from '../binding/contract.js';
import {SynoodError} from '../binding/errors.js';
import type {Classifier} from '../models/classifier.js';
import type {Head} from './kind.js';

/** How the last layer is called in the architectures that Classifier loads. */
const NAMES = ['classifier.1', 'classifier', 'fc', 'head'];

/** A classifier's last layer, for detectors that work on its features. @throws SynoodError ERR_MODEL_FORMAT */
export async function classifierHead(classifier: Classifier): Promise<Head> {
  const state = await classifier.state();
  const find = (name: string) =>
    state.find((entry) => entry.name === name)?.tensor as FloatTensor | undefined;
  for (const name of NAMES) {
    const weight = find(`${name}.weight`);
    if (weight?.shape.length !== 2) continue;
    const bias = find(`${name}.bias`) ?? {
      data: new Float32Array(weight.shape[0]!),
      shape: [weight.shape[0]!],
    };
    return {weight, bias};
  }
  throw new SynoodError(
    'ERR_MODEL_FORMAT',
    `The classifier has no last layer under a known name (${NAMES.join(', ')}).`,
  );
}
