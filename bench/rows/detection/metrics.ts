import {evaluateScores} from '../../../ts/evaluation/metrics.js';
import type {Row} from '../../harness/row.js';
import {readStored} from '../../harness/workspace.js';

/** AUROC and FPR95 of scores with hardly a tie, where nothing can be skipped. */
const metrics: Row = {
  name: 'auroc-fpr95',
  title: 'AUROC and FPR95, exact: 1,000,000 + 1,000,000 scores',
  operation: 'copy',
  tolerance: 1e-9,
  peer: {script: 'detection.py', name: 'auroc-fpr95'},
  async prepare(workspace, {quick}) {
    const count = quick ? 2000 : 1_000_000;
    return {
      settings: {
        ins: await workspace.input(`scores-in-${count}`, [count], 4),
        outs: await workspace.input(`scores-out-${count}`, [count], 5),
      },
      work: 2 * count * 8,
    };
  },
  async load(_engine, settings) {
    const ins = Float32Array.from((await readStored(settings['ins'])).data, (score) => Number(score) + 1);
    const outs = Float32Array.from((await readStored(settings['outs'])).data, Number);
    return () => {
      const {auroc, fpr95} = evaluateScores(ins, outs);
      return Promise.resolve(Float32Array.of(auroc, fpr95['id-positive']));
    };
  },
};

export default [metrics];
