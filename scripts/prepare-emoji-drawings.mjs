// Rasterises Emoji World's drawings: one PNG atlas per artist and one list of concepts.
//
//   node scripts/prepare-emoji-drawings.mjs [folder]
//
// Needs the development dependencies (@iconify-json/*). The result is committed, so users never run this. A drawing
// is rendered large, cut to what is painted, and reduced so that its longer side fills its 48-pixel cell but for one
// transparent pixel all round: artists leave margins of different widths, which a model would take for style.

import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import sharp from 'sharp';
import {ARTISTS, GROUPS, entriesOf} from './emoji-concepts.mjs';

const CELL = 48;
const COLUMNS = 16;
const HELD_OUT = 'emojione';
const MIN_TRAINING_ARTISTS = 3;
const PLURAL = new Set(
  (
    'bacon,beer,bread,books,cherries,cheese,coffee,corn,french fries,glasses,grapes,jeans,meat,pancakes,popcorn,' +
    'salad,scales,scissors,spaghetti,sushi,wine'
  ).split(','),
);

const require = createRequire(import.meta.url);
const iconSets = Object.fromEntries(
  Object.entries(ARTISTS).map(([artist, name]) => [artist, require(`@iconify-json/${name}/icons.json`)]),
);

/** An icon as SVG text, its box its own, its parent's, or the set's. */
function svgOf(set, name) {
  const alias = set.aliases?.[name];
  if (alias) return svgOf(set, alias.parent);
  const icon = set.icons[name];
  if (!icon) return undefined;
  const width = icon.width ?? set.width ?? 16;
  const height = icon.height ?? set.height ?? 16;
  const box = `${icon.left ?? set.left ?? 0} ${icon.top ?? set.top ?? 0} ${width} ${height}`;
  const size = `width="${CELL * 4}" height="${Math.round((CELL * 4 * height) / width)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box}" ${size}>${icon.body}</svg>`;
}

/** Six bits a colour and nothing behind what is transparent: no eye sees it, and the atlases are a third smaller. */
function coarser(cell) {
  for (let at = 0; at < cell.length; at += 4) {
    const alpha = Math.min(255, Math.round(cell[at + 3] / 8) * 8);
    for (let c = 0; c < 3; c++)
      cell[at + c] = alpha === 0 ? 0 : Math.min(255, Math.round(cell[at + c] / 4) * 4);
    cell[at + 3] = alpha;
  }
  return cell;
}

async function drawCell(svg) {
  const painted = await sharp(Buffer.from(svg))
    .trim({background: {r: 0, g: 0, b: 0, alpha: 0}, threshold: 8})
    .png()
    .toBuffer();
  const inner = await sharp(painted)
    .resize(CELL - 2, CELL - 2, {fit: 'contain', background: {r: 0, g: 0, b: 0, alpha: 0}})
    .png()
    .toBuffer();
  const cell = await sharp(inner)
    .extend({top: 1, bottom: 1, left: 1, right: 1, background: {r: 0, g: 0, b: 0, alpha: 0}})
    .raw()
    .toBuffer();
  return coarser(cell);
}

function articleOf(name) {
  if (PLURAL.has(name)) return '';
  return /^([aeio]|umbrella)/.test(name) ? 'an' : 'a';
}

const concepts = [];
const sources = [];
for (const group of Object.keys(GROUPS)) {
  for (const {name, icon, fx} of entriesOf(group)) {
    const drawn = Object.keys(ARTISTS).flatMap((artist) => {
      const svg = svgOf(iconSets[artist], artist === 'fxemoji' ? fx : icon);
      return svg ? [[artist, svg]] : [];
    });
    const artists = drawn.map(([artist]) => artist);
    const training = artists.filter((artist) => artist !== HELD_OUT).length;
    if (training < MIN_TRAINING_ARTISTS || !artists.includes(HELD_OUT))
      throw new Error(
        `${name} is drawn by ${artists.join(', ') || 'nobody'} only: leave it out or name its icon.`,
      );
    concepts.push({name, group, article: articleOf(name), artists});
    sources.push(new Map(drawn));
  }
}
if (new Set(concepts.map(({name}) => name)).size !== concepts.length)
  throw new Error('A concept is listed twice.');

const assets =
  process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..', 'assets', 'emoji-world');
mkdirSync(join(assets, 'drawings'), {recursive: true});
const rows = Math.ceil(concepts.length / COLUMNS);
let bytes = 0;
for (const artist of Object.keys(ARTISTS)) {
  const cells = await Promise.all(
    sources.map(async (source, index) => {
      if (!source.has(artist)) return [];
      const input = await drawCell(source.get(artist));
      const left = (index % COLUMNS) * CELL;
      const top = Math.floor(index / COLUMNS) * CELL;
      return [{input, raw: {width: CELL, height: CELL, channels: 4}, left, top}];
    }),
  );
  const atlas = await sharp({
    create: {
      width: COLUMNS * CELL,
      height: rows * CELL,
      channels: 4,
      background: {r: 0, g: 0, b: 0, alpha: 0},
    },
  })
    .composite(cells.flat())
    .png({compressionLevel: 9})
    .toBuffer();
  writeFileSync(join(assets, 'drawings', `${artist}.png`), atlas);
  bytes += atlas.length;
}

const licences = Object.entries(ARTISTS).map(([artist, name]) => {
  const {author, license} = require(`@iconify-json/${name}/info.json`);
  const {version} = JSON.parse(readFileSync(require.resolve(`@iconify-json/${name}/package.json`), 'utf8'));
  return {
    artist,
    source: `@iconify-json/${name} ${version}`,
    author: author.name,
    url: author.url,
    licence: license.spdx,
  };
});
const list = {cell: CELL, columns: COLUMNS, heldOutArtist: HELD_OUT, artists: licences, concepts};
const lines = JSON.stringify(list, null, 1)
  .replace(/\{\n\s+"name": ([^}]*?)\n\s+\}/g, (_, body) => `{"name": ${body.replace(/\s*\n\s*/g, ' ')}}`)
  .replace(/\[ ("[^\]]*") \]/g, '[$1]');
writeFileSync(join(assets, 'concepts.json'), `${lines}\n`);
console.log(`${concepts.length} concepts, ${(bytes / 1e6).toFixed(2)} MB in ${assets}`);
