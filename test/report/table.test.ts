import test from 'ava';
import fc from 'fast-check';
import {percent, points} from '../../ts/report/format.js';
import {resultTable} from '../../ts/report/table.js';
import {judgement, verdict} from '../../ts/report/verdict.js';
import {sampleReport} from './sample.js';

const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const rowsOf = (html: string) => html.split('<tbody>')[1]!.split('<tr').slice(1);

test('the table holds the figures of the data, in full precision and as shown', async (t) => {
  const data = await sampleReport({samples: 0});
  const rows = rowsOf(resultTable(data).text);
  t.is(rows.length, data.detectors.length);
  for (const [index, detector] of data.detectors.entries()) {
    const values = (name: string) =>
      [...rows[index]!.matchAll(new RegExp(`data-${name}="([^"]*)"`, 'g'))].map((match) => Number(match[1]));
    const all = [detector.mean, ...detector.sets];
    t.deepEqual(
      values('auroc'),
      all.map(({auroc}) => auroc),
    );
    t.deepEqual(
      values('fpr95'),
      all.map(({fpr95}) => fpr95),
    );
    for (const {auroc, fpr95} of all) {
      t.true(rows[index]!.includes(`<span>${percent(auroc)}</span>`));
      t.true(rows[index]!.includes(`<span>${percent(fpr95)}</span>`));
    }
  }
});

test('differences have the sign and the word that the numbers give; the baseline has none', async (t) => {
  const data = await sampleReport({samples: 0});
  const rows = rowsOf(resultTable(data).text);
  t.notRegex(rows[0]!, /better|worse/);
  t.regex(rows[0]!, /baseline/);
  const [baseline, own] = [data.detectors[0]!, data.detectors[3]!];
  for (const [index, set] of own.sets.entries()) {
    const auroc = set.auroc - baseline.sets[index]!.auroc;
    const fpr95 = set.fpr95 - baseline.sets[index]!.fpr95;
    t.true(rows[3]!.includes(`${points(auroc)} ${auroc > 0 ? 'better' : 'worse'}`));
    t.true(rows[3]!.includes(`${points(fpr95)} ${fpr95 < 0 ? 'better' : 'worse'}`));
  }
});

test('a set that a detector was not evaluated on is named as such', async (t) => {
  const data = await sampleReport({samples: 0});
  data.detectors[1]!.sets.pop();
  t.is(textOf(resultTable(data).text).split('not evaluated').length, 2);
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

test('a run that made everything worse says so, and nothing better', async (t) => {
  const data = await sampleReport({samples: 0});
  const [baseline, own] = [data.detectors[0]!, data.detectors[3]!];
  own.mean = {auroc: baseline.mean.auroc - 0.02, fpr95: baseline.mean.fpr95 + 0.05};
  own.sets = baseline.sets.map((set) => ({...set, auroc: set.auroc - 0.02, fpr95: set.fpr95 + 0.05}));
  data.detectors = [baseline, own];
  const text = textOf(verdict(data).text);
  t.regex(text, /SynOOD is worse on average than NegLabel/);
  t.regex(text, /Better on 0 of 4/);
  t.is(text.match(/AUROC \u22122\.00 and FPR95 \+5\.00/g)!.length, 4);
  t.notRegex(text, /is better/);
});

test('averages whose ranges hold 0 are said to be chance, perhaps', async (t) => {
  const data = await sampleReport({samples: 0});
  const [baseline, own] = [data.detectors[0]!, data.detectors[3]!];
  data.detectors = [baseline, own];
  const around = {low: -0.01, high: 0.02};
  own.mean.difference = {auroc: around, fpr95: around};
  t.regex(textOf(verdict(data).text), /\(\u22121\.00 to \+2\.00\).*may be chance/);
  own.mean.difference = {auroc: {low: 0.01, high: 0.02}, fpr95: around};
  t.notRegex(textOf(verdict(data).text), /so this may be chance/);
});
