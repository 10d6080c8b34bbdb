import {readFileSync} from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import type {SynoodError} from '../../ts/binding/errors.js';
import {aupr} from '../../ts/evaluation/aupr.js';
import {auroc} from '../../ts/evaluation/auroc.js';
import {detectionError} from '../../ts/evaluation/detection-error.js';
import {fprAtTpr, fprDefinitions, thresholdAtTpr} from '../../ts/evaluation/fpr-at-tpr.js';
import {scoreHistogram} from '../../ts/evaluation/histogram.js';
import {evaluateScores} from '../../ts/evaluation/metrics.js';
import {rocCurve, thinRocCurve} from '../../ts/evaluation/roc-curve.js';
import {ScoreStream} from '../../ts/evaluation/score-stream.js';
import {fixture} from '../support/paths.js';

interface Case {
  name: string;
  in: number[];
  out: number[];
  expected: Record<'auroc' | 'auprIn' | 'auprOut' | 'auprInTrapezoid' | 'auprOutTrapezoid', number> & {
    fpr95: Record<string, number>;
  };
}

const {cases} = JSON.parse(readFileSync(fixture('metrics', 'golden.json'), 'utf8')) as {cases: Case[]};

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12;

for (const {name, in: ins, out: outs, expected} of cases) {
  test(`as scikit-learn and the published code: ${name}`, (t) => {
    const found = evaluateScores(ins, outs);
    for (const key of ['auroc', 'auprIn', 'auprOut', 'auprInTrapezoid', 'auprOutTrapezoid'] as const) {
      t.true(near(found[key], expected[key]), `${key}: ${found[key]}, expected ${expected[key]}`);
    }
    for (const key of fprDefinitions) {
      t.true(
        near(found.fpr95[key], expected.fpr95[key]!),
        `${key}: ${found.fpr95[key]}, expected ${expected.fpr95[key]}`,
      );
    }
    t.is(found.inCount, ins.length);
    t.is(found.outCount, outs.length);
  });
}

// Few distinct values, so that ties are everywhere.
const scores = fc.array(fc.integer({min: -4, max: 4}), {minLength: 1, maxLength: 40});

test('AUROC is the share of pairs in the right order, ties half', (t) => {
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      let pairs = 0;
      for (const a of ins) for (const b of outs) pairs += a > b ? 1 : a === b ? 0.5 : 0;
      return near(auroc(ins, outs), pairs / (ins.length * outs.length));
    }),
  );
  t.pass();
});

test('swapping the roles and the sign turns AUROC into itself and AUPR-in into AUPR-out', (t) => {
  const negative = (values: number[]) => values.map((value) => -value);
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      const [swappedIns, swappedOuts] = [negative(outs), negative(ins)];
      return (
        near(auroc(ins, outs), auroc(swappedIns, swappedOuts)) &&
        near(aupr(ins, outs, 'out'), aupr(swappedIns, swappedOuts, 'in')) &&
        near(aupr(ins, outs, 'in', 'trapezoid'), aupr(swappedIns, swappedOuts, 'out', 'trapezoid'))
      );
    }),
  );
  t.pass();
});

test('average precision is the mean precision at each in-distribution image', (t) => {
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      const precisionAt = (threshold: number): number => {
        const hits = ins.filter((score) => score >= threshold).length;
        return hits / (hits + outs.filter((score) => score >= threshold).length);
      };
      const mean = ins.reduce((sum, score) => sum + precisionAt(score), 0) / ins.length;
      return near(aupr(ins, outs, 'in'), mean);
    }),
  );
  t.pass();
});

test('the order of the scores changes nothing, Float32Array is as good as a list', (t) => {
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      t.deepEqual(evaluateScores([...ins].reverse(), Float32Array.from(outs)), evaluateScores(ins, outs));
    }),
    {numRuns: 20},
  );
});

test('the threshold at 95 % TPR is the highest that enough scores reach', (t) => {
  fc.assert(
    fc.property(scores, fc.constantFrom(0.5, 0.9, 0.95, 1), (ins, tpr) => {
      const reached = (threshold: number) => ins.filter((score) => score >= threshold).length / ins.length;
      const threshold = thresholdAtTpr(ins, tpr);
      const higher = ins.filter((score) => score > threshold);
      return reached(threshold) >= tpr && higher.every((score) => reached(score) < tpr);
    }),
  );
  t.is(thresholdAtTpr(Array.from({length: 100}, (_, i) => i)), 5);
});

test('FPR at any TPR, by brute force over the thresholds', (t) => {
  const share = (list: number[], threshold: number) =>
    list.filter((score) => score >= threshold).length / list.length;
  fc.assert(
    fc.property(scores, scores, fc.constantFrom(0.5, 0.8, 0.9, 0.95, 0.99, 1), (ins, outs, tpr) => {
      const thresholds = [...new Set([...ins, ...outs])].sort((a, b) => b - a);
      const points = thresholds.map((threshold) => [share(ins, threshold), share(outs, threshold)] as const);
      // In-distribution positive: nearest recall up to the first full one, the later of equals.
      const full = points.findIndex(([recall]) => recall === 1);
      let nearest = points[0]!;
      for (const point of points.slice(0, full + 1)) {
        if (Math.abs(point[0] - tpr) <= Math.abs(nearest[0] - tpr)) nearest = point;
      }
      // Out-of-distribution positive: from the lowest score up, the first that flags enough.
      const flags = [...thresholds].reverse().map((threshold) => {
        const flagged = (list: number[]) => list.filter((score) => score <= threshold).length / list.length;
        return [flagged(outs), flagged(ins)] as const;
      });
      const flagged = flags.find(([recall]) => recall >= tpr)!;
      const above = [[0, 0] as const, ...points];
      const low = above.findLastIndex(([recall]) => recall <= tpr);
      const [a, b] = [above[low]!, above[low + 1] ?? above[low]!];
      const line = a === b ? a[1] : a[1] + ((b[1] - a[1]) / (b[0] - a[0])) * (tpr - a[0]);
      return (
        near(fprAtTpr(ins, outs, 'id-positive', tpr), nearest[1]) &&
        near(fprAtTpr(ins, outs, 'ood-positive', tpr), flagged[1]) &&
        near(fprAtTpr(ins, outs, 'interpolated', tpr), line)
      );
    }),
  );
  t.pass();
});

test('the detection error is the least of all thresholds, and half for chance', (t) => {
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      const errors = [Infinity, ...ins, ...outs].map((threshold) => {
        const missed = ins.filter((score) => score < threshold).length / ins.length;
        return (missed + outs.filter((score) => score >= threshold).length / outs.length) / 2;
      });
      return near(detectionError(ins, outs), Math.min(...errors));
    }),
  );
  t.is(detectionError([1, 2], [3]), 0.5);
  t.is(detectionError([4, 5], [3]), 0);
});

test('scores that come in pieces have the metrics of the whole', (t) => {
  fc.assert(
    fc.property(fc.array(scores, {minLength: 1}), fc.array(scores, {minLength: 1}), (ins, outs) => {
      const stream = new ScoreStream();
      for (let at = 0; at < Math.max(ins.length, outs.length); at++) {
        const part = ins[at];
        if (part) stream.push('in', Float32Array.from(part));
        stream.push('out', outs[at] ?? []);
      }
      t.deepEqual(stream.metrics(), evaluateScores(ins.flat(), outs.flat()));
    }),
    {numRuns: 50},
  );
  const large = new ScoreStream();
  for (let at = 0; at < 40; at++) {
    large.push(
      'in',
      Float64Array.from({length: 777}, (_, i) => Math.sin(at * 777 + i)),
    );
  }
  t.deepEqual(large.counts, {in: 31080, out: 0});
  t.throws(() => large.metrics(), {code: 'ERR_SHAPE'});
});

test('every point of the ROC curve is what its threshold gives; its area is the AUROC', (t) => {
  fc.assert(
    fc.property(scores, scores, (ins, outs) => {
      const {fpr, tpr, thresholds} = rocCurve(ins, outs);
      let area = 0;
      for (let i = 0; i < fpr.length; i++) {
        const share = (list: number[]) =>
          list.filter((score) => score >= thresholds[i]!).length / list.length;
        t.is(tpr[i], share(ins));
        t.is(fpr[i], share(outs));
        if (i > 0) area += ((fpr[i]! - fpr[i - 1]!) * (tpr[i]! + tpr[i - 1]!)) / 2;
      }
      t.true(near(area, auroc(ins, outs)));
    }),
    {numRuns: 30},
  );
});

test('a thinned curve keeps its ends and is short', (t) => {
  const ins = Array.from({length: 3000}, (_, i) => Math.sin(i) + 0.4);
  const outs = Array.from({length: 3000}, (_, i) => Math.cos(i * 1.7));
  const curve = rocCurve(ins, outs);
  const thin = thinRocCurve(curve, 101);
  t.true(thin.fpr.length <= 101 && thin.fpr.length > 80);
  t.is(thin.tpr[0], 0);
  t.is(thin.fpr[thin.fpr.length - 1], 1);
  t.is(thinRocCurve(thin, 101), thin);
});

test('a histogram counts every score once, the highest too', (t) => {
  t.deepEqual(scoreHistogram([0, 1, 4], [2, 4], 4), {
    edges: [0, 1, 2, 3, 4],
    inCounts: [1, 1, 0, 1],
    outCounts: [0, 0, 1, 1],
  });
  const flat = scoreHistogram([3, 3], [3], 5);
  t.is(flat.inCounts[0], 2);
  t.is(flat.outCounts[0], 1);
});

test('no scores and NaN are errors that name the list', (t) => {
  for (const [call, code, message] of [
    [() => auroc([], [1]), 'ERR_SHAPE', /inScores is empty/],
    [() => evaluateScores([1], []), 'ERR_SHAPE', /outScores is empty/],
    [() => aupr([1, NaN], [1], 'in'), 'ERR_VALUE', /inScores\[1\] is NaN/],
    [() => fprAtTpr([1], [NaN]), 'ERR_VALUE', /outScores\[0\] is NaN/],
    [() => fprAtTpr([1], [1], 'threshold', 95), 'ERR_VALUE', /tpr must be/],
    [() => thresholdAtTpr([]), 'ERR_SHAPE', /empty/],
    [() => scoreHistogram([Infinity], [1]), 'ERR_VALUE', /finite/],
  ] as const) {
    const error = t.throws(call) as SynoodError | undefined;
    t.is(error?.code, code);
    t.regex(error?.message ?? '', message);
  }
});

test('a million scores take no longer than sorting them', (t) => {
  const many = (shift: number) => Float64Array.from({length: 500_000}, (_, i) => Math.sin(i * 7.1) + shift);
  const start = performance.now();
  t.true(evaluateScores(many(0.3), many(0)).auroc > 0.5);
  t.true(performance.now() - start < 10_000);
});
