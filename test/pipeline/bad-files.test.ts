import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {readRunRecord} from '../../ts/pipeline/run-directory.js';
import {runPipeline} from '../../ts/pipeline/run.js';
import {temporaryFolder} from '../support/folder.js';
import {fixture} from '../support/paths.js';
import {tinyModels} from '../support/tiny-models.js';
import {tinyConfig, tinyData} from '../support/tiny-run.js';

test('bad files are named with their reasons, odd ones are used, and the run finishes', async (t) => {
  const folder = temporaryFolder(t);
  const data = await tinyData(folder);
  const put = (where: string) => {
    const at = (name: string) => join(folder, where, name);
    // Decoders pass over what follows an image; the files differ, so that only the twin is the same on both sides.
    const copy = (from: string, to: string) =>
      writeFileSync(at(to), Buffer.concat([readFileSync(fixture('images', from)), Buffer.from(where)]));
    mkdirSync(at('directory.jpg'), {recursive: true});
    writeFileSync(at('empty.jpg'), '');
    writeFileSync(at('text.jpg'), `This is no image of ${where}.\n`);
    const photo = readFileSync(fixture('images', 'photo.jpg'));
    writeFileSync(at('truncated.jpg'), photo.subarray(0, Math.floor(photo.length / 2) + where.length));
    copyFileSync(fixture('images', 'alpha.png'), at('twin.png'));
    copy('cmyk.jpg', 'cmyk.jpg');
    copy('rgb16.png', 'sixteen.png');
    copy('animated.webp', 'animated.webp');
    copy('exif-6.jpg', 'rotated.jpg');
  };
  put('ind/owl');
  put('ood/near');
  const config = tinyConfig({...data, splitShare: 0.1}, await tinyModels());
  const out = join(folder, 'out');
  const told: string[] = [];
  const summary = await runPipeline(
    {...config, select: {perClass: 20}},
    {out, onLeftOut: ({what}) => told.push(what)},
  );
  t.truthy(summary.report);
  const {notes} = await readRunRecord(out);
  t.deepEqual(notes['leftOut'], summary.leftOut);
  for (const set of ['near: ', ': owl/']) {
    const reasons = new Map(
      summary.leftOut
        .filter(({what}) => what.includes(set))
        .map(({what, reason}) => [what.slice(what.indexOf(set) + set.length), reason]),
    );
    const twin = reasons.get('twin.png');
    if (set === 'near: ') t.regex(twin ?? '', /the in-distribution image owl\/twin\.png, byte for byte/);
    reasons.delete('twin.png');
    t.deepEqual([...reasons.keys()].sort(), ['directory.jpg', 'empty.jpg', 'text.jpg', 'truncated.jpg']);
    t.regex(reasons.get('directory.jpg')!, /a directory, not an image/);
    t.regex(reasons.get('empty.jpg')!, /empty/);
    t.regex(reasons.get('text.jpg')!, /not an image of a known format/);
    t.regex(reasons.get('truncated.jpg')!, /cut off/);
  }
  for (const {what} of summary.leftOut) t.true(told.includes(what));
  const scored = readFileSync(join(out, 'scores', 'synood.json'), 'utf8');
  for (const name of ['cmyk.jpg', 'sixteen.png', 'animated.webp', 'rotated.jpg'])
    t.true(scored.includes(name), name);
  const page = readFileSync(summary.report!, 'utf8');
  t.true(page.includes('truncated.jpg'), 'the report names them too');
});
