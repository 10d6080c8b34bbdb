import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {SynoodError} from '../../ts/binding/errors.js';
import {reportOfRuns} from '../../ts/pipeline/report-page.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {renderMarkdown} from '../../ts/report/markdown.js';
import {renderReport} from '../../ts/report/render.js';
import {PAYLOADS} from '../report/hostile.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

/** Damaged runs that are looked at; each costs a page. */
const RUNS = 20;

/** Every file that the report reads. */
function filesOf(run: string): string[] {
  const names = readdirSync(run, {recursive: true, encoding: 'utf8'});
  return names.filter((name) => /\.(json|jsonl|png|webp)$/.test(name) && !name.startsWith('features')).sort();
}

type Damage =
  | {kind: 'gone' | 'empty' | 'folder'}
  | {kind: 'cut'; share: number}
  | {kind: 'flip'; share: number; byte: number}
  | {kind: 'value'; place: number; value: unknown};

const shares = fc.double({min: 0, max: 1, noNaN: true});
const values = fc.oneof(
  fc.constantFrom(...PAYLOADS),
  fc.constantFrom(null, [], {}, '', 0, -1, 1e308, -1e308, 1e-300, true, '../../../../etc/hostname'),
  fc.string({unit: 'binary'}),
  fc.double({noNaN: true, noDefaultInfinity: true}),
);
const damages: fc.Arbitrary<Damage> = fc.oneof(
  {weight: 1, arbitrary: fc.constantFrom<Damage>({kind: 'gone'}, {kind: 'empty'}, {kind: 'folder'})},
  {weight: 1, arbitrary: fc.record({kind: fc.constant('cut' as const), share: shares})},
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('flip' as const),
      share: shares,
      byte: fc.integer({min: 0, max: 255}),
    }),
  },
  {weight: 5, arbitrary: fc.record({kind: fc.constant('value' as const), place: fc.nat(), value: values})},
);

/** One value inside a document, at a place that a number chooses, becomes another. */
function withValue(document: unknown, place: number, value: unknown): unknown {
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const walk = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    for (const [key, inner] of Object.entries(one)) {
      places.push([one as Record<string, unknown>, key]);
      walk(inner);
    }
  };
  walk(document);
  if (places.length === 0) return value;
  const [holder, key] = places[place % places.length]!;
  holder[key] = value;
  return document;
}

function damaged(name: string, bytes: Buffer, damage: Damage): Buffer {
  const text = bytes.toString('utf8');
  switch (damage.kind) {
    case 'cut':
      return bytes.subarray(0, Math.floor(bytes.length * damage.share));
    case 'flip': {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[Math.floor((copy.length - 1) * damage.share)] = damage.byte;
      return copy;
    }
    case 'value': {
      if (name.endsWith('.json'))
        return Buffer.from(JSON.stringify(withValue(JSON.parse(text), damage.place, damage.value)));
      if (!name.endsWith('.jsonl')) return Buffer.from(JSON.stringify(damage.value));
      const rows = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      withValue(rows, damage.place, damage.value);
      return Buffer.from(`${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
    }
    default:
      return Buffer.alloc(0);
  }
}

test('whatever happens to the files of a run, its report is a page or a named error, and no string becomes markup', async (t) => {
  const root = temporaryFolder(t);
  const run = join(root, 'run');
  const config = tinyConfig(await tinyData(root), await tinyModels());
  await runPipeline({...config, synthesize: {...config.synthesize, previews: 16}}, {out: run});
  const names = filesOf(run);
  t.true(names.some((name) => name.startsWith('previews')));
  const whole = await renderReport(await reportOfRuns([run]));
  const scripts = (html: string) => html.match(/<script/g)!.length;
  t.is(scripts(whole), 3);

  let pages = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(), damages), {minLength: 1, maxLength: 3}), async (list) => {
      const before = new Map<string, Buffer>();
      try {
        for (const [place, damage] of list) {
          const name = names[place % names.length]!;
          if (before.has(name)) continue;
          const bytes = readFileSync(join(run, name));
          before.set(name, bytes);
          if (damage.kind === 'gone' || damage.kind === 'folder') rmSync(join(run, name));
          if (damage.kind === 'folder') mkdirSync(join(run, name));
          else if (damage.kind !== 'gone') writeFileSync(join(run, name), damaged(name, bytes, damage));
        }
        const data = await reportOfRuns([run]);
        const html = await renderReport(data);
        pages++;
        if (
          scripts(html) > 3 ||
          /<img(?! src="data:image\/webp;base64,)/.test(html) ||
          /<svg onload/.test(html)
        )
          throw new Error('a string of the run became markup');
        if (html.includes(`${run}/`)) throw new Error('the page tells where the run lies');
        renderMarkdown(data);
      } catch (error) {
        if (!(error instanceof SynoodError)) throw error;
      } finally {
        for (const [name, bytes] of before) {
          rmSync(join(run, name), {recursive: true, force: true});
          writeFileSync(join(run, name), bytes);
        }
      }
    }),
    {numRuns: RUNS, seed: 20, endOnFailure: true},
  );
  t.log(`${pages} of ${RUNS} damaged runs have a page`);
  t.true(pages > RUNS / 2);
  t.is(await renderReport(await reportOfRuns([run])), whole, 'the files are as they were');
});
