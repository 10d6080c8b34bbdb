import test from 'ava';
import sharp from 'sharp';
import {percent} from '../../ts/report/format.js';
import {renderMarkdown} from '../../ts/report/markdown.js';
import {mergeRuns} from '../../ts/report/merge-runs.js';
import {neutral, series} from '../../ts/report/palette.js';
import {renderReport} from '../../ts/report/render.js';
import {type ReportData} from '../../ts/report/report-data.js';
import {thumbnails} from '../../ts/report/thumbnails.js';
import {hostile, PAYLOADS} from './hostile.js';
import {manySamples, random, sampleReport} from './sample.js';

const SECTIONS = [
  'results',
  'roc',
  'precision-recall',
  'scores',
  'boundary',
  'training',
  'ablation',
  'gradients',
  'gallery',
  'misses',
  'left-out',
  'machine',
  'reproduce',
];

/** Words that only a missing value leaves in a page. */
const leaks = (html: string) =>
  html.replace(/<script[^]*?<\/script>/g, '').match(/.{30}(NaN|undefined|Infinity)/g) ?? [];

/** The names of all attributes, and every `<` that begins no well-formed tag with quoted attributes. */
function tags(html: string) {
  const attributes = new Set<string>();
  const malformed: string[] = [];
  const content = html.replace(/<(script|style)[^>]*>[^]*?<\/\1>/g, '').replace('<!doctype html>', '');
  for (const {index} of content.matchAll(/</g)) {
    const tag = /^<(?:\/[a-z0-9]+|[a-z0-9]+((?:\s+[a-z0-9:-]+(?:="[^"<]*")?)*))\s*\/?>/i.exec(
      content.slice(index, index + 200_000),
    );
    if (!tag) malformed.push(content.slice(index, index + 80));
    for (const [, name] of (tag?.[1] ?? '').matchAll(/([a-z0-9:-]+)(?:="[^"]*")?/gi)) attributes.add(name!);
  }
  return {attributes: [...attributes], malformed};
}

const empty: ReportData = {
  title: 'unfinished',
  headline: {
    trainedOn: 'photos',
    classes: [],
    images: 0,
    synthetic: {made: 0, accepted: 0, boundary: NaN, tolerance: NaN, score: 'energy'},
    negativeLabels: 0,
    seed: '0',
    versions: {},
    command: 'synood run',
  },
  detectors: [],
  scores: {},
  training: [],
  gallery: [],
  boundary: {calibrationScores: [], before: [], after: []},
  leftOut: [],
  notes: [],
};

test('the page has every section, ids of its own, and loads nothing', async (t) => {
  const html = await renderReport(await sampleReport({samples: 3}));
  for (const id of SECTIONS) {
    t.true(html.includes(`<section id="${id}"`), id);
    t.true(html.includes(`<a href="#${id}">`), id);
  }
  const ids = [...html.matchAll(/<[a-z][^>]*?\sid="([^"]*)"/gi)].map((match) => match[1]);
  t.deepEqual(ids, [...new Set(ids)]);
  t.notRegex(html, /\s(src|href)="(?!data:|#)/);
  t.notRegex(html, /@import|url\((?!#)/);
  t.is(html.match(/class="card"/g)!.length, 3);
  t.is(html.match(/class="chart spark"/g)!.length, 3);
});

test('references inside the drawings find what they name', async (t) => {
  const html = await renderReport(await sampleReport({samples: 1}));
  const named = [...html.matchAll(/url\(#([^)]*)\)|aria-(?:labelledby|describedby)="([^"]*)"/g)];
  t.true(named.length > 0);
  for (const match of named) t.true(html.includes(`id="${match[1] ?? match[2]}"`), match[0]);
});

test('a chart uses only colours that both themes know', async (t) => {
  const html = await renderReport(await sampleReport({samples: 2}));
  const known = new Set([...series, ...Object.values(neutral)].map(({light}) => light));
  const used = [...html.matchAll(/\s(?:fill|stroke)="([^"]*)"/g)].map((match) => match[1]!);
  const others = used.filter((colour) => !known.has(colour) && !/^(none|transparent|url\()/.test(colour));
  t.deepEqual([...new Set(others)], []);
});

test('the same data give the same bytes', async (t) => {
  const data = await sampleReport({samples: 2});
  t.is(await renderReport(data), await renderReport(data));
});

test('a run that has only begun has a page, and says what is missing', async (t) => {
  const html = await renderReport(empty);
  t.regex(html, /No detector was evaluated/);
  t.regex(html, /no synthetic images/);
  t.regex(html, /Nothing was left out/);
  t.deepEqual(leaks(html), []);
});

test('missing parts of a run leave the others', async (t) => {
  const data = await sampleReport({samples: 2});
  delete data.scores['synood'];
  data.scores['labels']!.sets = {};
  data.scores['projection']!.ind = [];
  data.training = [{stage: 'labels', losses: []}];
  data.gallery[0]!.trajectory = [];
  data.gallery[1]!.trajectory = [NaN, -6];
  const html = await renderReport(data);
  t.false(html.includes('<section id="training"'));
  t.true(html.includes('<section id="roc"'));
  t.deepEqual(leaks(html), []);
});

test('an image that cannot be read is named, not fatal', async (t) => {
  const data = await sampleReport({samples: 1});
  data.gallery[0]!.before = new TextEncoder().encode('no image');
  const html = await renderReport(data);
  t.regex(html, /<span class="missing">not readable<\/span>/);
  t.regex(html, /image before: /);
});

test('strings from files are shown as text wherever they appear', async (t) => {
  const data = hostile(await sampleReport({samples: 2}));
  const html = await renderReport(data);
  t.is(html.match(/<script/g)!.length, 2, 'the page has its data and its script, no third');
  t.is(html.match(/<\/script/g)!.length, 2);
  for (const payload of PAYLOADS.filter((one) => one.includes('<'))) t.false(html.includes(payload), payload);
  t.notRegex(html, /<img(?! src="data:image\/webp;base64,)/);
  const {attributes, malformed} = tags(html);
  t.deepEqual(malformed, []);
  t.deepEqual(
    attributes.filter((name) => name.startsWith('on')),
    [],
  );
  const json = /<script type="application\/json" id="report-data">([^]*?)<\/script>/.exec(html)![1]!;
  t.deepEqual((JSON.parse(json) as ReportData).headline.classes, data.headline.classes);
});

test('the embedded figures are those of the data', async (t) => {
  const data = await sampleReport({samples: 2});
  const html = await renderReport(data);
  const json = /<script type="application\/json" id="report-data">([^]*?)<\/script>/.exec(html)![1]!;
  const read = JSON.parse(json) as ReportData;
  t.deepEqual(read.detectors, data.detectors);
  t.deepEqual(
    read.gallery.map(({trajectory}) => trajectory),
    data.gallery.map(({trajectory}) => trajectory),
  );
});

test('two hundred samples of pure noise, the worst to compress, stay below 5 MB', async (t) => {
  const edge = 176;
  const next = random(1);
  const noise = Buffer.from(Array.from({length: edge * edge * 3}, () => next() * 256));
  const image = await sharp(noise, {raw: {width: edge, height: edge, channels: 3}})
    .png()
    .toBuffer();
  const data = await sampleReport({samples: 1});
  data.gallery = Array.from({length: 200}, (_, index) => ({
    ...data.gallery[0]!,
    id: String(index),
    before: image,
    after: image,
    iterations: [image, image, image],
  }));
  const html = await renderReport(data);
  const bytes = Buffer.byteLength(html);
  t.log(`${(bytes / 1e6).toFixed(2)} MB`);
  t.true(bytes < 5e6);
  t.is(html.match(/class="card"/g)!.length, 200);
});

test('thumbnails are at most 160 pixels, upright, and never enlarged', async (t) => {
  const {gallery} = await sampleReport({samples: 1});
  const wide = await sharp({create: {width: 400, height: 200, channels: 3, background: 'red'}})
    .withExif({IFD0: {Orientation: '6'}})
    .jpeg()
    .withMetadata({orientation: 6})
    .toBuffer();
  const small = await sharp({create: {width: 64, height: 64, channels: 3, background: 'red'}})
    .png()
    .toBuffer();
  const [made] = await thumbnails([{...gallery[0]!, before: wide, after: small}], 1e6);
  const sizeOf = async (address: string) => {
    const {width, height, format} = await sharp(Buffer.from(address.split(',')[1]!, 'base64')).metadata();
    return {width, height, format};
  };
  t.deepEqual(await sizeOf(made!.before!), {width: 80, height: 160, format: 'webp'});
  t.deepEqual(await sizeOf(made!.after!), {width: 64, height: 64, format: 'webp'});
});

test('samples without pictures are counted, and their figures are there for the script', async (t) => {
  const data = await manySamples(205);
  const html = await renderReport(data);
  t.is(html.match(/class="card"/g)!.length, 200);
  t.regex(
    html,
    /those of the other 5 are in the run&#39;s folder|those of the other 5 are in the run's folder/,
  );
  const json = /<script type="application\/json" id="report-data">([^]*?)<\/script>/.exec(html)![1]!;
  t.is((JSON.parse(json) as ReportData).gallery.length, 205);
});

test('an unfinished or damaged run says what is there and what is missing', async (t) => {
  const data = await sampleReport({samples: 1});
  data.stages = [
    {name: 'select', state: 'done'},
    {name: 'synthesize', state: 'missing', detail: '12 images so far'},
  ];
  t.regex(await renderReport(data), /This run is not finished[^]*12 images so far/);
  data.stages.push({name: 'evaluate', state: 'damaged', detail: 'evaluation.json is gone'});
  t.regex(await renderReport(data), /This run is damaged[^]*evaluation\.json is gone/);
  data.stages = data.stages.filter(({state}) => state === 'done');
  t.notRegex(await renderReport(data), /<section id="stages"/);
});

test('runs side by side: every own detector, the settings that differ, no leftovers of a single run', async (t) => {
  const [first, second] = [await sampleReport({samples: 2}), await sampleReport({samples: 2})];
  second.configuration = {name: 'demo', seed: 8, synthesize: {maxIterations: 20}};
  second.stages = [{name: 'evaluate', state: 'missing'}];
  const merged = mergeRuns([first, second]);
  t.deepEqual(
    merged.detectors.map(({title}) => title),
    ['demo (1): NegLabel', 'demo (1): SynOOD', 'demo (2): SynOOD'],
  );
  t.is(merged.comparedWith, '1:synood');
  t.deepEqual(
    merged.runs!.map(({differs}) => differs),
    [{seed: '7'}, {seed: '8'}],
  );
  const html = await renderReport(merged);
  t.regex(html, /2 runs side by side/);
  t.regex(html, /not done: evaluate/);
  t.is(html.match(/class="card"/g)!.length, 4);
  t.deepEqual(leaks(html), []);
  const ids = [...html.matchAll(/<[a-z][^>]*?\sid="([^"]*)"/gi)].map((match) => match[1]);
  t.deepEqual(ids, [...new Set(ids)]);
  t.regex(renderMarkdown(merged), /\| Setting|## Settings that differ/);
});

test('Markdown has the figures, and nothing of a name is taken for markup', async (t) => {
  const data = await sampleReport({samples: 1});
  const text = renderMarkdown(data);
  for (const {mean, sets} of data.detectors) {
    for (const {auroc, fpr95} of [mean, ...sets]) {
      t.true(text.includes(percent(auroc)) && text.includes(percent(fpr95)));
    }
  }
  data.title = '<script>|[a](b)';
  t.true(renderMarkdown(data).startsWith('# \\<script\\>\\|\\[a\\]\\(b\\)\n'));
});
