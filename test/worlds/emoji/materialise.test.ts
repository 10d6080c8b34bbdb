import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import {planWorld} from '../../../ts/worlds/emoji/layout.js';
import {writeEmojiWorld} from '../../../ts/worlds/emoji/materialise.js';

const root = mkdtempSync(join(tmpdir(), 'synood-emoji-'));
test.after.always(() => rmSync(root, {recursive: true, force: true}));

/** Each test has a folder of its own: they run at the same time. */
const scratchFolder = (): string => mkdtempSync(join(root, 'test-'));

const tiny = {seed: 5, trainPerClass: 2, testPerSet: 20};

function hashes(folder: string): Record<string, string> {
  const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map(({parentPath, name}) => join(parentPath, name))
      .sort()
      .map((path) => [
        path.slice(folder.length + 1),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

test('written twice, a world has the same bytes; written again, it is left alone', async (t) => {
  const scratch = scratchFolder();
  const [first, second] = [join(scratch, 'one'), join(scratch, 'deeper', 'two')];
  let last = [0, 0];
  t.true(await writeEmojiWorld(first, {...tiny, onProgress: (done, total) => (last = [done, total])}));
  t.true(await writeEmojiWorld(second, tiny));
  const written = hashes(first);
  t.deepEqual(hashes(second), written);
  t.is(last[0], last[1]);
  t.is(new Set(Object.values(written)).size, Object.keys(written).length);
  t.false(await writeEmojiWorld(first, tiny));
  t.deepEqual(hashes(first), written);
  t.deepEqual(readdirSync(scratch).sort(), ['deeper', 'one']);
});

test('an image does not depend on how many others there are', async (t) => {
  const scratch = scratchFolder();
  const [small, larger] = [join(scratch, 'small'), join(scratch, 'larger')];
  await writeEmojiWorld(small, {...tiny, trainPerClass: 1});
  await writeEmojiWorld(larger, {...tiny, trainPerClass: 3});
  const path = join('ind', 'train', 'owl', '0000.png');
  t.deepEqual(readFileSync(join(small, path)), readFileSync(join(larger, path)));
  const {width, height, channels} = await sharp(join(small, path)).metadata();
  t.deepEqual([width, height, channels], [64, 64, 3]);
});

test('the folders are those that the pipeline reads', (t) => {
  const plan = planWorld({seed: 0, trainPerClass: 40, testPerSet: 200});
  const count = (prefix: string): number => plan.filter(({path}) => path.startsWith(prefix)).length;
  t.is(count('ind/train/'), 1000);
  t.is(count('ind/val/'), 200);
  t.is(count('ind/calibration/'), 200);
  t.is(count('ind/test/'), 200);
  t.is(count('ind-shifted/test/'), 200);
  for (const set of ['near', 'far', 'context-only', 'textures']) {
    t.is(count(`ood/${set}/`), 200, set);
    t.is(count(`ood/${set}-shifted/`), 200, set);
    t.is(count(`ood-val/${set}/`), 200, set);
  }
  t.is(new Set(plan.map(({path}) => path)).size, plan.length);
});

test('other settings, other files and bad numbers are refused, and nothing is left behind', async (t) => {
  const scratch = scratchFolder();
  const folder = join(scratch, 'taken');
  await writeEmojiWorld(folder, tiny);
  await t.throwsAsync(writeEmojiWorld(folder, {...tiny, seed: 6}), {
    code: 'ERR_CONFIG',
    message: /other settings/,
  });
  const foreign = join(scratch, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'mine.txt'), 'mine');
  await t.throwsAsync(writeEmojiWorld(foreign, tiny), {code: 'ERR_CONFIG'});
  t.deepEqual(readdirSync(foreign), ['mine.txt']);
  await t.throwsAsync(writeEmojiWorld(join(scratch, 'bad'), {trainPerClass: 0.5}), {code: 'ERR_VALUE'});
  const stopped = writeEmojiWorld(join(scratch, 'stopped'), {...tiny, signal: AbortSignal.abort()});
  await t.throwsAsync(stopped, {code: 'ERR_ABORTED'});
  t.false(readdirSync(scratch).some((name) => /part|bad|stopped/.test(name)));
});
