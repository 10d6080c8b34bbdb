import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import type {SynoodError} from '../../ts/binding/errors.js';
import {COMPUTATION} from '../../ts/features/computation.js';
import {type EncodedImages, encodeImages} from '../../ts/features/encode-images.js';
import {FeatureBank} from '../../ts/features/feature-bank.js';
import {clipImageEncoder, type ImageEncoder} from '../../ts/features/image-encoder.js';
import {Engine} from '../../ts/models/engine.js';
import {temporaryFolder} from '../support/folder.js';
import {tinyModels} from '../support/tiny-models.js';

async function pictures(folder: string, count: number): Promise<string[]> {
  mkdirSync(folder, {recursive: true});
  const paths = Array.from({length: count}, (_, at) => join(folder, `${at}.png`));
  for (const [at, path] of paths.entries()) {
    const size = {width: 30 + (at % 7), height: 33 + (at % 5)};
    const data = Uint8Array.from(
      {length: size.width * size.height * 3},
      (_, i) => (i * (at + 3) + at * 31) % 256,
    );
    await sharp(data, {raw: {...size, channels: 3}})
      .png()
      .toFile(path);
  }
  return paths;
}

const sourcesOf = (paths: readonly string[]) => paths.map((path) => ({item: path, image: path}));

async function collect<T>(encoded: AsyncIterable<EncodedImages<T>>) {
  const items: T[] = [];
  const values: number[] = [];
  let stored = 0;
  for await (const one of encoded) {
    items.push(...one.items);
    values.push(...one.features['image']!.data);
    stored += one.stored;
  }
  return {items, values, stored};
}

test('a stream of images has the features of one call, stored or not, and one bad image stops nobody', async (t) => {
  const folder = temporaryFolder(t);
  const paths = await pictures(join(folder, 'images'), 21);
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip((await tinyModels()).clip);
  const whole = await clip.encodeImages(paths, {batchSize: 4});
  const encoder = await clipImageEncoder(clip, 4);
  t.like(encoder.space.compute, {version: COMPUTATION, threads: 1, batchSize: 4});
  const plain = await collect(encodeImages(encoder, sourcesOf(paths)));
  t.deepEqual(plain.items, paths);
  t.deepEqual(plain.values, [...whole.data]);
  t.is(plain.stored, 0);

  const bad = join(folder, 'bad.png');
  writeFileSync(bad, readFileSync(paths[0]!).subarray(0, 60));
  const mixed = [...paths.slice(0, 6), bad, ...paths.slice(6), join(folder, 'none.jpg')];
  const failed: string[] = [];
  await using store = await (await FeatureBank.open(join(folder, 'bank'))).store(encoder.space);
  const options = {
    store,
    onFailed: (item: string, {code, message}: SynoodError) => failed.push(`${code} ${item} ${message}`),
  };
  const first = await collect(encodeImages(encoder, sourcesOf(mixed), options));
  t.deepEqual(first.items, paths);
  t.deepEqual(first.values, plain.values);
  t.is(failed.length, 2);
  t.regex(failed[0]!, /^ERR_IMAGE .*bad\.png .*bad\.png: /);
  t.regex(failed[1]!, /there is no such file/);

  const calls: number[] = [];
  const counted: ImageEncoder = {
    ...encoder,
    encode: (pixels, signal) => {
      calls.push(pixels.shape[0]!);
      return encoder.encode(pixels, signal);
    },
  };
  const fewer = await pictures(join(folder, 'more'), 24);
  await using again = await (await FeatureBank.open(join(folder, 'bank'))).store(encoder.space);
  const second = await collect(encodeImages(counted, sourcesOf(fewer), {store: again}));
  t.is(second.stored, 21);
  t.deepEqual(calls, [3]);
  t.deepEqual(second.values.slice(0, plain.values.length), plain.values);
  const error = await t.throwsAsync(collect(encodeImages(encoder, sourcesOf([bad]))));
  t.is((error as SynoodError).code, 'ERR_IMAGE');
});

test('a store of another space is refused, an abort stops, and memory is bounded by what is read ahead', async (t) => {
  const folder = temporaryFolder(t);
  const [path] = (await pictures(folder, 1)) as [string];
  await using engine = await Engine.open({device: 'cpu', threads: 1});
  using clip = await engine.loadClip((await tinyModels()).clip);
  const encoder = await clipImageEncoder(clip, 8);
  const other = await clipImageEncoder(clip, 16);
  const bank = await FeatureBank.open(join(folder, 'bank'));
  await using store = await bank.store(other.space);
  await t.throwsAsync(collect(encodeImages(encoder, sourcesOf([path]), {store})), {message: /another model/});

  let given = 0;
  let taken = 0;
  let most = 0;
  function* endless() {
    for (;;) {
      most = Math.max(most, ++given - taken);
      yield {item: given, image: path};
    }
  }
  const stop = new AbortController();
  const reading = (async () => {
    for await (const {items} of encodeImages(encoder, endless(), {signal: stop.signal})) {
      taken += items.length;
      if (taken > 200) stop.abort();
    }
  })();
  t.is(((await t.throwsAsync(reading)) as SynoodError).code, 'ERR_ABORTED');
  t.true(most <= 40, `${most} images were ahead`);
});
