/**
 * Draws a gallery of a run's synthetic images: node scripts/make-gallery.mjs [RUN] [OUT.webp] [--per-class N]. Of every class the
 * first samples that were accepted, none chosen by hand: the image they replace, the sample before its noise was moved, and the
 * one at the boundary. Without arguments runs/emoji-world and docs/images/near-boundary.webp.
 */
import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import sharp from 'sharp';

const root = fileURLToPath(new URL('..', import.meta.url));
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {'per-class': {type: 'string', default: '2'}, columns: {type: 'string', default: '4'}},
});
const run = positionals[0] ?? join(root, 'runs/emoji-world');
const out = positionals[1] ?? join(root, 'docs/images/near-boundary.webp');
const perClass = Number(values['per-class']);
const columns = Number(values.columns);

const [side, gap, words] = [96, 6, 30];
const card = {width: 3 * side + 2 * gap, height: side + words};

const rows = (await readFile(join(run, 'synthetic/metadata.jsonl'), 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const seen = new Map();
const chosen = rows.filter(({accepted, class: name, previews}) => {
  const count = seen.get(name) ?? 0;
  if (!accepted || !previews || count >= perClass) return false;
  seen.set(name, count + 1);
  return true;
});
if (chosen.length === 0) {
  console.error(`Expected accepted samples with previews in ${run}; run with synthesize.previews 64.`);
  process.exit(2);
}

const enlarge = (image) => image.resize(side, side, {kernel: 'cubic'}).png().toBuffer();
const escape = (text) => text.replace(/[&<>]/g, (sign) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;'})[sign]);

async function pictures(row) {
  const file = join(run, row.previews);
  const {height} = await sharp(file).metadata();
  return [
    await enlarge(sharp(join(run, 'world/ind/train', row.source))),
    await enlarge(sharp(file).extract({left: 0, top: 0, width: height, height})),
    await enlarge(sharp(join(run, 'synthetic', row.file_name))),
  ];
}

function caption({class: name, contexts, score_before: before, trajectory, score}) {
  const steps = [before, trajectory[0], score].map((value) => value?.toFixed(1) ?? '-').join(' → ');
  return Buffer.from(
    `<svg width="${card.width}" height="${words}" xmlns="http://www.w3.org/2000/svg">
      <g font-family="sans-serif" font-size="11" fill="#333">
        <text x="1" y="12">${escape(name.replaceAll('_', ' '))}: ${escape(contexts.join(', '))}</text>
        <text x="1" y="25" fill="#777">energy ${steps}</text>
      </g></svg>`,
  );
}

const parts = [];
for (const [index, row] of chosen.entries()) {
  const left = gap + (index % columns) * (card.width + 3 * gap);
  const top = gap + Math.floor(index / columns) * (card.height + 2 * gap);
  const images = await pictures(row);
  images.forEach((input, at) => parts.push({input, left: left + at * (side + gap), top}));
  parts.push({input: caption(row), left, top: top + side});
}
const width = columns * (card.width + 3 * gap);
const height = Math.ceil(chosen.length / columns) * (card.height + 2 * gap) + gap;
await sharp({create: {width, height, channels: 3, background: '#ffffff'}})
  .composite(parts)
  .webp({quality: 82})
  .toFile(out);
console.log(`${out}: ${chosen.length} samples, ${(await stat(out)).size} bytes`);
