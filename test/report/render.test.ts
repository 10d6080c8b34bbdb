import test from 'ava';
import sharp from 'sharp';
import {percent} from '../../ts/report/format.js';
import {renderMarkdown} from '../../ts/report/markdown.js';
import {mergeRuns} from '../../ts/report/merge-runs.js';
import {neutral, series} from '../../ts/report/palette.js';
import {renderReport} from '../../ts/report/render.js';
import {type ReportData} from '../../ts/report/report-data.js';
import {thumbnails} from '../../ts/report/thumbnails.js';
import {type Sheets} from '../../ts/report/sheets.js';
import {hostile, PAYLOADS} from './hostile.js';
import {manyDetectors, manySamples, random, sampleReport} from './sample.js';

const SECTIONS = [
  'results',
  'sets',
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
  const content = html.replace(/<script[^]*?<\/script>/g, '');
  t.notRegex(content, /\s(src|href)="(?!data:|#)/);
  t.notRegex(content, /@import|url\((?!#)/);
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
  data.training = [{name: 'labels', title: 'Negative labels', losses: []}];
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
  t.is(
    html.match(/<script/g)!.length,
    3,
    'the page has its data, its small pictures and its script, no fourth',
  );
  t.is(html.match(/<\/script/g)!.length, 3);
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

test('thumbnails are at most 192 pixels, upright, and never enlarged', async (t) => {
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
  t.deepEqual(await sizeOf(made!.before!), {width: 96, height: 192, format: 'webp'});
  t.deepEqual(await sizeOf(made!.after!), {width: 64, height: 64, format: 'webp'});
});

const sheetsIn = (html: string) =>
  JSON.parse(/id="gallery-sheets">([^]*?)<\/script>/.exec(html)![1]!) as Sheets & {first: number};

test('samples after the first 200 have small pictures, in the places that the script looks at', async (t) => {
  const data = await manySamples(230);
  const solid = (background: string) =>
    sharp({create: {width: 40, height: 30, channels: 3, background}})
      .png()
      .toBuffer();
  data.gallery[225] = {...data.gallery[225]!, before: await solid('#f00'), after: await solid('#00f')};
  data.gallery[226] = {...data.gallery[226]!, before: new TextEncoder().encode('no image'), after: undefined};
  const html = await renderReport(data);
  t.is(html.match(/class="card"/g)!.length, 200);
  t.regex(html, /30 small ones/);
  const {edge, rows, count, first, sheets} = sheetsIn(html);
  t.deepEqual([count, first, sheets.length], [30, 200, 2]);
  const place = 225 - first;
  const sheet = sharp(Buffer.from(sheets[Math.floor(place / rows)]!.split(',')[1]!, 'base64'));
  const colour = async (column: number) => {
    const region = {
      left: column * edge + 8,
      top: (place % rows) * edge + 8,
      width: edge - 16,
      height: edge - 16,
    };
    // Statistics are those of what sharp was given, not of what it makes.
    const {channels} = await sharp(await sheet.clone().extract(region).png().toBuffer()).stats();
    return channels.slice(0, 3).map(({mean}) => Math.round(mean / 64));
  };
  t.deepEqual(
    [await colour(0), await colour(1)],
    [
      [4, 0, 0],
      [0, 0, 4],
    ],
  );
  const json = /<script type="application\/json" id="report-data">([^]*?)<\/script>/.exec(html)![1]!;
  t.is((JSON.parse(json) as ReportData).gallery.length, 230);
});

test('the images of the iterations come from pictures or from a contact sheet, in their order', async (t) => {
  const tile = (value: number) => ({
    width: 8,
    height: 8,
    channels: 3 as const,
    background: {r: value, g: value, b: value},
  });
  const tiles = await Promise.all(
    [0, 120, 240].map((value) =>
      sharp({create: tile(value)})
        .png()
        .toBuffer(),
    ),
  );
  const places = tiles.map((input, index) => ({
    input,
    left: 8 * (index % 2),
    top: 8 * Math.floor(index / 2),
  }));
  const sheet = await sharp({create: {...tile(255), width: 16, height: 16}})
    .composite(places)
    .png()
    .toBuffer();
  const {gallery} = await sampleReport({samples: 1});
  for (const iterations of [tiles, {sheet, count: 3, columns: 2}]) {
    const [made] = await thumbnails([{...gallery[0]!, iterations}], 1e6);
    t.is(made!.strip!.count, 3);
    const strip = sharp(Buffer.from(made!.strip!.picture.split(',')[1]!, 'base64'));
    const {width, height} = await strip.metadata();
    t.is(width, 3 * height);
    const means: number[] = [];
    for (const index of [0, 1, 2]) {
      const region = {left: index * height + 4, top: 4, width: height - 8, height: height - 8};
      const part = await strip.clone().extract(region).png().toBuffer();
      means.push((await sharp(part).stats()).channels[0]!.mean);
    }
    t.true(
      means.every((mean, index) => Math.abs(mean - 120 * index) < 6),
      String(means),
    );
  }
  const [broken] = await thumbnails(
    [{...gallery[0]!, iterations: {sheet: 'gone.png', count: 3, columns: 2}}],
    1e6,
  );
  t.is(broken!.strip, null);
  t.regex(broken!.failures.join(), /iterations: /);
});

test('twenty detectors on ten sets: six in colour, the others in grey, and the page stays small', async (t) => {
  const data = await manyDetectors(20, 10);
  const html = await renderReport(data);
  t.log(`${(html.length / 1e6).toFixed(2)} MB`);
  t.true(html.length < 5e6);
  t.regex(html, /14 more/);
  t.is(html.match(/<section id="roc"[^]*?<\/section>/)![0].match(/<figure/g)!.length, 10);
  t.is(html.match(/<table class="matrix">[^]*?<\/table>/)![0].match(/<tr/g)!.length, 21);
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
  t.regex(html, /<h3>The runs<\/h3>/);
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
