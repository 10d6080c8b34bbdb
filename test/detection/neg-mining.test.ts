import test from 'ava';
import type {ErrorCode, SynoodError} from '../../ts/binding/errors.js';
import {groupPermutation, mineNegatives} from '../../ts/detection/neg-mining.js';
import {Engine} from '../../ts/models/engine.js';
import type {FloatTensor} from '../../ts/binding/contract.js';
import {takeRows} from '../../ts/pipeline/clip-features.js';
import {goldenTensors, maxDifference} from '../support/golden.js';

test("NegMining keeps NumPy's labels, in its order, and the groups score as NumPy's do", async (t) => {
  const golden = await goldenTensors('neg_mining');
  const float = (name: string) => golden(name) as FloatTensor;
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const mined = await mineNegatives(engine, float('candidates'), float('classes'));
  const expected = [...golden('rows').data].map(Number);
  t.deepEqual(mined.rows, expected);
  const nearness = float('nearness').data;
  t.true(mined.similarities.every((one, at) => Math.abs(one - nearness[expected[at]!]!) < 1e-6));

  const order = [...golden('permutation').data].map((at) => mined.rows[Number(at)]!);
  const negatives = takeRows(float('candidates'), order);
  const scores = await engine.run((native) =>
    native.negLabelScore(float('features'), float('classes'), negatives, {groups: 7, temperature: 0.01}),
  );
  t.true(maxDifference(scores, golden('score')) < 1e-5);
});

test('sides that do not fit are named', async (t) => {
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  const rows = (count: number, width: number): FloatTensor => ({
    data: Float32Array.from({length: count * width}, (_, at) => Math.sin(at)),
    shape: [count, width],
  });
  const fails = async (code: ErrorCode, message: RegExp, ...call: Parameters<typeof mineNegatives>) => {
    const error = (await t.throwsAsync(mineNegatives(...call))) as SynoodError;
    t.is(error.code, code);
    t.regex(error.message, message);
  };
  await fails('ERR_SHAPE', /positives \(C, D\) with D 4/, engine, rows(5, 4), rows(3, 6));
  await fails('ERR_SHAPE', /candidates \(M, D\)/, engine, rows(0, 4), rows(3, 4));
  await fails('ERR_VALUE', /share/, engine, rows(5, 4), rows(3, 4), {share: 0});
  await fails('ERR_VALUE', /quantile/, engine, rows(5, 4), rows(3, 4), {quantile: 2});
  t.deepEqual((await mineNegatives(engine, rows(5, 4), rows(3, 4), {share: 0.01})).rows.length, 1);
});

test('the order of the groups depends on seed and names alone', (t) => {
  const names = Array.from({length: 50}, (_, at) => `label ${at}`);
  const order = groupPermutation(names, 5).map((at) => names[at]);
  t.deepEqual([...order].sort(), [...names].sort());
  const reversed = [...names].reverse();
  t.deepEqual(
    groupPermutation(reversed, 5).map((at) => reversed[at]),
    order,
  );
  t.notDeepEqual(groupPermutation(names, 6), groupPermutation(names, 5));
});
