import test from 'ava';
import fc from 'fast-check';
import {ranked} from '../../ts/report/comparison.js';
import {percent, points} from '../../ts/report/format.js';
import {differenceWord, leaderboard} from '../../ts/report/leaderboard.js';
import {matrix, resultTable} from '../../ts/report/table.js';
import {headlineVerdict, judgement, outcome, verdict} from '../../ts/report/verdict.js';
import {sampleReport} from './sample.js';

const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const rowsOf = (html: string) => html.split('<tbody>')[1]!.split('<tr').slice(1);

test('the tables hold the figures of the data, in full precision and as shown', async (t) => {
  const data = await sampleReport({samples: 0});
  for (const key of ['auroc', 'fpr95'] as const) {
    const rows = rowsOf(matrix(data, key).text);
    t.is(rows.length, data.detectors.length);
    for (const [index, detector] of ranked(data).entries()) {
      const all = [detector.mean, ...detector.sets].map((one) => one[key]);
      const cells = [...rows[index]!.matchAll(new RegExp(`data-${key}="([^"]*)"><b>([^<]*)</b>`, 'g'))];
      t.deepEqual(
        cells.map(([, exact, shown]) => [Number(exact), shown]),
        all.map((value) => [value, percent(value, 1)]),
      );
      const means = new RegExp(`data-${key}="${detector.mean[key]}"`);
      t.regex(rowsOf(leaderboard(data).text)[index]!, means);
    }
  }
});

test('differences have the sign and the word that the numbers give; the baseline has none', async (t) => {
  const data = await sampleReport({samples: 0});
  const baseline = data.detectors[0]!;
  const own = data.detectors[3]!;
  for (const set of own.sets) delete set.difference;
  const rows = rowsOf(matrix(data, 'auroc').text);
  t.notRegex(rows[ranked(data).indexOf(baseline)]!, /better|worse/);
  const row = textOf(rows[ranked(data).indexOf(own)]!);
  for (const [index, set] of own.sets.entries()) {
    const auroc = set.auroc - baseline.sets[index]!.auroc;
    const [mark, word] = auroc > 0 ? ['▲', 'better'] : ['▼', 'worse'];
    t.true(row.includes(`${points(auroc, 1)} ${mark} ${word}`), row);
  }
  t.regex(leaderboard(data).text, /compared with/);
});

test('a difference whose interval holds 0 is called neither better nor worse', (t) => {
  t.is(differenceWord(0.02, 1, {low: -0.01, high: 0.05}), 'may be chance');
  t.is(differenceWord(0.02, 1, {low: 0.01, high: 0.05}), 'better');
  t.is(differenceWord(0.02, -1, {low: 0.01, high: 0.05}), 'worse');
  t.is(differenceWord(0.0001, 1), 'same');
});

test('a set that a detector was not evaluated on is named as such', async (t) => {
  const data = await sampleReport({samples: 0});
  data.detectors[1]!.sets.pop();
  t.is(textOf(matrix(data, 'auroc').text).split('not evaluated').length, 2);
});

test('sets that are compared with other in-distribution images have a mean and a table of their own', async (t) => {
  const data = await sampleReport({samples: 0});
  for (const detector of data.detectors) {
    detector.sets.forEach((set, index) => (set.against = index < 2 ? 'validation' : 'shifted'));
    detector.otherMeans = [{against: 'shifted', sets: 2, auroc: 0.5, fpr95: 0.9}];
  }
  t.is(leaderboard(data).text.split('<table').length, 3);
  t.regex(textOf(matrix(data, 'auroc').text), /Mean validation .* Mean shifted /);
  t.regex(resultTable(data).text, /Mean against <bdi>shifted/);
  const own = data.detectors[3]!;
  const sure = {low: 0.01, high: 0.02};
  own.mean = {...data.detectors[0]!.mean};
  own.mean.auroc += 0.02;
  own.mean.difference = {auroc: sure, fpr95: {low: -0.1, high: 0.1}};
  own.otherMeans![0]!.difference = {auroc: {low: -0.1, high: 0.1}, fpr95: {low: -0.1, high: 0.1}};
  t.is(
    textOf(headlineVerdict(data).text).replace(/ +/g, ' ').trim(),
    'SynOOD is better than NegLabel in AUROC against validation , but not against shifted',
  );
});

test('only both measures together are called better or worse', (t) => {
  const rate = fc.double({min: -1, max: 1, noNaN: true});
  fc.assert(
    fc.property(rate, rate, (auroc, fpr95) => {
      const word = judgement({auroc, fpr95});
      if (word === 'better') t.true(auroc > -1e-4 && fpr95 < 1e-4);
      if (word === 'worse') t.true(auroc < 1e-4 && fpr95 > -1e-4);
      if (auroc > 0.001 && fpr95 > 0.001) t.is(word, 'mixed');
    }),
  );
  t.is(judgement({auroc: 0, fpr95: 0}), 'equal');
});

test('what intervals doubt is neither a gain nor a loss', (t) => {
  const rate = fc.double({min: -1, max: 1, noNaN: true});
  fc.assert(
    fc.property(rate, rate, (auroc, fpr95) => {
      const wide = {low: -1, high: 1};
      t.is(outcome({auroc, fpr95}, {auroc: wide, fpr95: wide}), 'unclear');
      const narrow = (value: number) => ({low: value - 1e-9, high: value + 1e-9});
      const sure = outcome({auroc, fpr95}, {auroc: narrow(auroc), fpr95: narrow(fpr95)});
      if (auroc > 0.001 && fpr95 < -0.001) t.is(sure, 'better');
      if (auroc < -0.001 && fpr95 > 0.001) t.is(sure, 'worse');
      if (auroc > 0.001 && fpr95 > 0.001) t.is(sure, 'mixed');
    }),
  );
});

test('a run that made everything worse says so, and nothing better', async (t) => {
  const data = await sampleReport({samples: 0});
  const [baseline, own] = [data.detectors[0]!, data.detectors[3]!];
  own.mean = {auroc: baseline.mean.auroc - 0.02, fpr95: baseline.mean.fpr95 + 0.05};
  own.sets = baseline.sets.map((set) => ({...set, auroc: set.auroc - 0.02, fpr95: set.fpr95 + 0.05}));
  data.detectors = [baseline, own];
  t.regex(textOf(headlineVerdict(data).text), /SynOOD is worse than NegLabel/);
  const text = textOf(verdict(data).text);
  t.regex(text, /Better on 0 of 4/);
  t.regex(text, /Worse on 4 of 4/);
  t.is(text.match(/AUROC \u22122\.0 · FPR95 \+5\.0/g)!.length, 4);
  t.notRegex(text, /is better/);
});

test('averages whose ranges hold 0 are said to be chance, perhaps', async (t) => {
  const data = await sampleReport({samples: 0});
  const [baseline, own] = [data.detectors[0]!, data.detectors[3]!];
  data.detectors = [baseline, own];
  const around = {low: -0.01, high: 0.02};
  own.mean.difference = {auroc: around, fpr95: around};
  t.regex(textOf(headlineVerdict(data).text), /cannot be told apart from NegLabel/);
  t.regex(textOf(verdict(data).text), /\u22121\.0 to \+2\.0\).*both differences may be chance/);
  own.mean.difference = {auroc: {low: 0.01, high: 0.02}, fpr95: around};
  t.notRegex(textOf(verdict(data).text), /both differences may be chance/);
});
