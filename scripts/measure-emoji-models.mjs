/**
 * What Emoji World's models can do, on scenes that none was trained on: node scripts/measure-emoji-models.mjs [MODELS]. CLIP's
 * zero-shot accuracy, the classifier's, the autoencoder's PSNR, and how often CLIP recognises the one context that the denoiser was
 * asked for. The figures of docs/emoji-world.md.
 */
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {clipNamer} from './lib/clip-namer.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist/ts');
const world = join(dist, 'worlds/emoji');
const models = process.argv[2] ?? join(root, 'assets/emoji-world/models');

const {preprocessImages} = await import(join(dist, 'data/preprocess.js'));
const {Engine} = await import(join(dist, 'models/engine.js'));
const {readPreprocessorConfig} = await import(join(dist, 'models/preprocessor-config.js'));
const {concepts, heldOutArtist, trainingArtists} = await import(join(world, 'concepts.js'));
const {Drawings} = await import(join(world, 'drawings.js'));
const {sceneBatch} = await import(join(world, 'scenes.js'));
const {contextConcepts, inDistribution} = await import(join(world, 'splits.js'));
const {toSignedPixels} = await import(join(world, 'training/pixels.js'));

const side = 64;
const area = side * side;
const everything = concepts.map((_, index) => index);
const artists = [
  ['training artists', trainingArtists],
  ['held-out artist', [heldOutArtist]],
];
const batchSize = 32;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

const engine = await Engine.open({device: 'cpu'});
const drawings = await Drawings.load();
const scenes = (count, choice) =>
  sceneBatch({seed: 99, name: 'measure', count, drawings, contexts: contextConcepts, ...choice}, 0, count);

/** (N, 3, 64, 64) planar -> one image each */
const imagesOf = (pixels) =>
  Array.from({length: pixels.length / (3 * area)}, (_, n) => {
    const data = Uint8Array.from(
      {length: 3 * area},
      (_, at) => pixels[(n * 3 + (at % 3)) * area + Math.floor(at / 3)],
    );
    return {data, width: side, height: side, channels: 3};
  });

const best = (list, value) => list.reduce((top, one) => (value(one) > value(top) ? one : top));

const clip = await engine.loadClip(join(models, 'clip'));
const nameOf = await clipNamer(
  clip,
  concepts.map(({name}) => name),
);

/** How many images CLIP takes for what they show, among `candidates`. */
async function recognised(images, truth, candidates) {
  const named = await nameOf(images, candidates);
  return named.filter((concept, index) => concept === truth[index]).length / images.length;
}

for (const [who, these] of artists) {
  for (const [what, candidates] of [
    ['all concepts', everything],
    ['the classes', inDistribution],
  ]) {
    const {pixels, subjects} = scenes(900, {kind: 'subject', concepts: candidates, artists: these});
    const share = await recognised(imagesOf(pixels), subjects, candidates);
    console.log(`CLIP, zero-shot, ${who}, ${candidates.length} (${what}): ${percent(share)}`);
  }
}

const classifier = await engine.loadClassifier(join(models, 'classifier'));
const preprocessing = await readPreprocessorConfig(join(models, 'classifier'));
for (const [who, these] of artists) {
  const {pixels, subjects} = scenes(600, {kind: 'subject', concepts: inDistribution, artists: these});
  const logits = await classifier.logits(preprocessImages(imagesOf(pixels), preprocessing), {batchSize});
  const labels = inDistribution.map((_, label) => label);
  const hits = subjects.filter(
    (subject, index) =>
      inDistribution[best(labels, (label) => logits.data[index * labels.length + label])] === subject,
  );
  console.log(`classifier, ${who}: ${percent(hits.length / subjects.length)}`);
}

const inpainter = await engine.loadInpainter(join(models, 'inpainter'));
for (const kind of ['subject', 'remain', 'empty']) {
  const count = 128;
  const pixels = toSignedPixels(scenes(count, {kind, concepts: everything}).pixels, [count, 3, side, side]);
  const {data, shape} = await inpainter.vae.encode(pixels, {batchSize});
  const [, channels, height, width] = shape;
  const size = (channels / 2) * height * width;
  const means = new Float32Array(count * size);
  for (let n = 0; n < count; n++) means.set(data.subarray(2 * n * size, (2 * n + 1) * size), n * size);
  const decoded = await inpainter.vae.decode(
    {data: means, shape: [count, channels / 2, height, width]},
    {batchSize},
  );
  const clamped = decoded.data.map((value) => Math.max(-1, Math.min(1, value)));
  const error = clamped.reduce((sum, value, at) => sum + ((value - pixels.data[at]) / 2) ** 2, 0);
  const psnr = -10 * Math.log10(error / clamped.length);
  console.log(`autoencoder, ${count} scenes of kind ${kind}: ${psnr.toFixed(1)} dB`);
}

const each = 4;
const asked = contextConcepts.flatMap((concept) => Array(each).fill(concept));
const {pixels: replaced} = scenes(asked.length, {kind: 'subject', concepts: inDistribution});
/** Everything is painted anew: from noise alone, or in a class's place as the synthesis does at a strength below 1. */
async function paint(strength) {
  const drawn = [];
  for (let at = 0; at < asked.length; at += 18) {
    const prompt = asked
      .slice(at, at + 18)
      .map((concept) => `A photo only remain ${concepts[concept].name}.`);
    const count = prompt.length;
    const size = 3 * area;
    const {data} = await inpainter.inpaint({
      image: {
        data: Float32Array.from(replaced.subarray(at * size, (at + count) * size), (value) => value / 255),
        shape: [count, 3, side, side],
      },
      mask: {data: new Float32Array(count * area).fill(1), shape: [count, 1, side, side]},
      prompt,
      strength,
      guidanceScale: 8,
      steps: 25,
      seed: BigInt(at),
    });
    drawn.push(...imagesOf(Uint8ClampedArray.from(data, (value) => Math.round(value * 255))));
  }
  return drawn;
}
const candidates = [...contextConcepts, ...inDistribution];
for (const strength of [1, 0.9, 0.75, 0.6]) {
  const share = await recognised(await paint(strength), asked, candidates);
  console.log(
    `denoiser, strength ${strength}, ${asked.length} samples of one context, named by CLIP of ${candidates.length}: ${percent(share)}`,
  );
}
await engine.dispose();
