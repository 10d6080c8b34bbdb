import type {Row} from '../../harness/row.js';
import {readStored} from '../../harness/workspace.js';

const GROUPS = 100;
const TEMPERATURE = 0.01;

/** NegLabel's grouped score, as large as a whole ImageNet validation set against the published labels. */
const neglabel: Row = {
  name: 'neglabel',
  title: 'NegLabel: 50,000 images, 1,000 + 10,499 labels, 100 groups, 512 wide',
  operation: 'product',
  tolerance: 1e-4,
  peer: {script: 'detection.py', name: 'neglabel'},
  async prepare(workspace, {quick}) {
    const [images, classes, negatives, width] = quick ? [300, 20, 205, 64] : [50_000, 1000, 10_499, 512];
    return {
      settings: {
        features: await workspace.input(`neglabel-images-${images}`, [images, width], 1),
        classes: await workspace.input(`neglabel-classes-${classes}`, [classes, width], 2),
        negatives: await workspace.input(`neglabel-negatives-${negatives}`, [negatives, width], 3),
        groups: GROUPS,
        temperature: TEMPERATURE,
      },
      work: 2 * images * (classes + negatives - (negatives % GROUPS)) * width,
    };
  },
  async load(engine, settings) {
    const [features, classes, negatives] = await Promise.all(
      ['features', 'classes', 'negatives'].map((name) => readStored(settings[name])),
    );
    const options = {groups: GROUPS, temperature: TEMPERATURE};
    return async () => {
      const {data} = await engine.run((native) =>
        native.negLabelScore(features!, classes!, negatives!, options),
      );
      return data;
    };
  },
};

export default [neglabel];
