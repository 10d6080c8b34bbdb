import test from 'ava';
import fc from 'fast-check';
import {auroc} from '../../ts/evaluation/auroc.js';
import {
  bootstrapMetrics,
  differences,
  meanReplicates,
  percentileInterval,
} from '../../ts/evaluation/bootstrap.js';
import {deLongTest} from '../../ts/evaluation/delong.js';
import {fprAtTpr, fprDefinitions} from '../../ts/evaluation/fpr-at-tpr.js';
import {Random} from '../../ts/worlds/emoji/random.js';

const options = {replicates: 40, seed: 3, inName: 'validation', outName: 'far'};

// Few distinct values, so that ties are everywhere.
const scores = fc.array(fc.integer({min: -4, max: 4}), {minLength: 2, maxLength: 30});

test('each replicate is what the metrics say of the images that were drawn', (t) => {
  const draw = (list: number[], random: Random) => list.map(() => random.choice(list));
  fc.assert(
    fc.property(scores, scores, fc.constantFrom(...fprDefinitions), (ins, outs, fpr) => {
      const found = bootstrapMetrics(ins, outs, {...options, replicates: 5, fpr});
      const [inRandom, outRandom] = [Random.of(3, 'in', 'validation'), Random.of(3, 'out', 'far')];
      for (let i = 0; i < 5; i++) {
        const [a, b] = [draw(ins, inRandom), draw(outs, outRandom)];
        if (Math.abs(found.auroc[i]! - auroc(a, b)) > 1e-12) return false;
        if (Math.abs(found.fpr95[i]! - fprAtTpr(a, b, fpr)) > 1e-12) return false;
      }
      return true;
    }),
  );
  t.pass();
});

test('the seed alone decides, and two detectors see the same draws', (t) => {
  const [ins, outs] = [
    [3, 4, 5, 6],
    [1, 2, 3, 5],
  ];
  t.deepEqual(bootstrapMetrics(ins, outs, options), bootstrapMetrics(ins, outs, options));
  t.notDeepEqual(bootstrapMetrics(ins, outs, options), bootstrapMetrics(ins, outs, {...options, seed: 4}));
  // A detector that ranks alike is as good in every draw.
  const other = bootstrapMetrics(
    ins.map((x) => x ** 3),
    outs.map((x) => x ** 3),
    options,
  );
  const gap = differences(bootstrapMetrics(ins, outs, options).auroc, other.auroc);
  t.deepEqual(percentileInterval(gap), {low: 0, high: 0});
  t.deepEqual([...meanReplicates([Float64Array.of(1, 2), Float64Array.of(3, 6)])], [2, 4]);
});

const normal = (random: Random, count: number, mean: number): number[] =>
  Array.from({length: count}, () => mean + random.gaussian());

test('95 of 100 intervals hold the true AUROC, give or take', (t) => {
  // Two normal distributions a distance d apart have an AUROC of Phi(d / sqrt 2): 0.8556 for 1.5.
  const truth = 0.85558;
  let held = 0;
  for (let round = 0; round < 100; round++) {
    const random = Random.of(round);
    const made = bootstrapMetrics(normal(random, 120, 1.5), normal(random, 120, 0), {
      ...options,
      replicates: 200,
      seed: round,
    });
    const {low, high} = percentileInterval(made.auroc);
    if (low <= truth && truth <= high) held++;
  }
  t.true(held >= 88 && held <= 100, String(held));
});

test('quantiles as NumPy takes them', (t) => {
  // numpy.quantile([5, 1, 4, 2, 9], [0.025, 0.975])
  const {low, high} = percentileInterval(Float64Array.of(5, 1, 4, 2, 9));
  t.true(Math.abs(low - 1.1) < 1e-12 && Math.abs(high - 8.6) < 1e-12);
});

/** The covariance matrix of DeLong et al., entry by entry over all pairs. */
function bruteForce(first: [number[], number[]], second: [number[], number[]]) {
  const kernel = (x: number, y: number) => (x > y ? 1 : x === y ? 0.5 : 0);
  const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [v10, v01, areas] = [[], [], []] as [number[][], number[][], number[]];
  for (const [ins, outs] of [first, second]) {
    v10.push(ins.map((x) => average(outs.map((y) => kernel(x, y)))));
    v01.push(outs.map((y) => average(ins.map((x) => kernel(x, y)))));
    areas.push(average(v10.at(-1)!));
  }
  const covariance = (v: number[][], r: number, s: number) =>
    v[r]!.reduce((sum, value, i) => sum + (value - areas[r]!) * (v[s]![i]! - areas[s]!), 0) /
    (v[r]!.length - 1);
  const entry = (r: number, s: number) =>
    covariance(v10, r, s) / first[0].length + covariance(v01, r, s) / first[1].length;
  return {difference: areas[0]! - areas[1]!, variance: entry(0, 0) + entry(1, 1) - 2 * entry(0, 1)};
}

test("DeLong's variance is that of the covariance matrix over all pairs", (t) => {
  const side = fc.array(fc.tuple(fc.integer({min: -4, max: 4}), fc.integer({min: -4, max: 4})), {
    minLength: 2,
    maxLength: 25,
  });
  fc.assert(
    fc.property(side, side, (ins, outs) => {
      const of = (place: 0 | 1): [number[], number[]] => [
        ins.map((pair) => pair[place]),
        outs.map((pair) => pair[place]),
      ];
      const [a, b] = [of(0), of(1)];
      const expected = bruteForce(a, b);
      const found = deLongTest({inScores: a[0], outScores: a[1]}, {inScores: b[0], outScores: b[1]});
      return (
        Math.abs(found.difference - expected.difference) < 1e-12 &&
        Math.abs(found.standardError ** 2 - expected.variance) < 1e-12 &&
        Math.abs(found.difference - (auroc(...a) - auroc(...b))) < 1e-12
      );
    }),
  );
  t.pass();
});

test('the p-value is two-sided and normal; equal detectors have 1', (t) => {
  const random = Random.of(9);
  const [ins, outs] = [normal(random, 80, 1), normal(random, 90, 0)];
  const noisy = (list: number[]) => normal(random, list.length, 0).map((noise, i) => list[i]! + 0.8 * noise);
  const {difference, standardError, p} = deLongTest(
    {inScores: ins, outScores: outs},
    {inScores: noisy(ins), outScores: noisy(outs)},
  );
  // The normal tail by the trapezoid rule.
  const z = Math.abs(difference) / standardError;
  let tail = 0;
  const step = 1e-4;
  for (let x = z; x < z + 12; x += step) tail += Math.exp(-((x + step / 2) ** 2) / 2) * step;
  t.true(Math.abs(p - (2 * tail) / Math.sqrt(2 * Math.PI)) < 1e-6, String(p));
  const same = {inScores: ins, outScores: outs};
  t.is(deLongTest(same, same).p, 1);
  t.throws(() => deLongTest(same, {inScores: [1, 2], outScores: [1, 2]}), {code: 'ERR_SHAPE'});
});
