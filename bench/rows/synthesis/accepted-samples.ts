import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {SynthesisItem, SynthesisOptions, Tensor} from '../../../ts/binding/contract.js';
import {readAutoencoderKlConfig} from '../../../ts/models/autoencoder-kl-config.js';
import {Engine} from '../../../ts/models/engine.js';
import {readSchedulerConfig} from '../../../ts/models/scheduler-config.js';
import {tinyModels} from '../../../ts/pipeline/config/presets.js';
import {resolveConfig} from '../../../ts/pipeline/config/read-config.js';
import {calibrateBoundary, energyScores} from '../../../ts/synthesis/boundary.js';
import {emojiAsset} from '../../../ts/worlds/emoji/assets.js';
import {sceneSize} from '../../../ts/worlds/emoji/background.js';
import {Drawings} from '../../../ts/worlds/emoji/drawings.js';
import {sceneBatch} from '../../../ts/worlds/emoji/scenes.js';
import {contextConcepts, inDistribution} from '../../../ts/worlds/emoji/splits.js';
import {classifierMean, classifierStd} from '../../../ts/worlds/emoji/training/model-configs.js';
import type {Row, Run} from '../../harness/row.js';
import {rowOf, whole} from '../../harness/tensors.js';
import {readStored, type Workspace} from '../../harness/workspace.js';

/** Emoji World's settings, as `synood run` has them. */
const {
  batchSize: BATCH,
  maxIterations: ITERATIONS,
  steps: STEPS,
  strength: STRENGTH,
  guidanceScale: GUIDANCE,
  stepSize: STEP,
} = resolveConfig(tinyModels).synthesize;
const LATENT = sceneSize / 4;
/** Accepted samples that a run ends with, and starting points for it, of which not all are needed. */
const WANTED = 8;
const ITEMS = 160;

const EMOJI = fileURLToPath(new URL('../../../../assets/emoji-world/models', import.meta.url));
const part = (name: string): string => join(EMOJI, 'inpainter', name);

/** Scenes in [0, 1], planar, and captions of what shall remain of other ones. */
async function scenes(count: number, seed: number, kind: 'subject' | 'remain') {
  const drawings = await Drawings.load();
  const choice = {seed, count, drawings, kind, concepts: inDistribution, contexts: contextConcepts};
  const {pixels, captions} = sceneBatch(choice, 0, count);
  return {pixels: Float32Array.from(pixels, (byte) => byte / 255), captions};
}

/** Where in-distribution ends: the .05 quantile and a quarter of the deviation of scenes that no sample starts from. */
async function boundary(engine: Engine): Promise<{boundary: number; tolerance: number}> {
  const classifier = await engine.loadClassifier(join(EMOJI, 'classifier'));
  const {pixels} = await scenes(200, 77, 'subject');
  const plane = sceneSize * sceneSize;
  const data = pixels.map((value, at) => {
    const channel = Math.floor(at / plane) % 3;
    return (value - classifierMean[channel]!) / classifierStd[channel]!;
  });
  const scores = energyScores(await classifier.logits({data, shape: [200, 3, sceneSize, sceneSize]}));
  return calibrateBoundary(scores, {boundary: {quantile: 0.05}, tolerance: {deviations: 0.25}});
}

async function prepare(workspace: Workspace, quick: boolean) {
  await using engine = await Engine.open({device: 'cpu'});
  const text = await engine.loadClip(part('text_encoder'), {tokenizer: emojiAsset('tokenizer')});
  const items = quick ? 2 * BATCH : ITEMS;
  const {pixels} = await scenes(items, 78, 'subject');
  const {captions} = await scenes(items, 79, 'remain');
  const tokens = text.tokenizer.encode([...captions, '']);
  const length = tokens.shape[1];
  const ids = Float32Array.from(tokens.ids, Number);
  const {latentChannels} = await readAutoencoderKlConfig(part('vae'));
  const latents = [latentChannels, LATENT, LATENT];
  const numbers = (what: string, shape: number[], seed: number) =>
    workspace.input(`accepted-${items}-${what}`, shape, seed);
  return {
    models: {
      unet: part('unet'),
      vae: part('vae'),
      textEncoder: part('text_encoder'),
      classifier: join(EMOJI, 'classifier'),
      scheduler: part('scheduler'),
    },
    ...(await boundary(engine)),
    wanted: quick ? 1 : WANTED,
    items,
    batch: BATCH,
    iterations: ITERATIONS,
    steps: STEPS,
    strength: STRENGTH,
    guidance: GUIDANCE,
    step: STEP,
    pixels: await workspace.store(`accepted-${items}-pixels`, {
      data: pixels.map((value) => 2 * value - 1),
      shape: [items, 3, sceneSize, sceneSize],
    }),
    ids: await workspace.store(`accepted-${items}-ids`, {data: ids, shape: [items + 1, length]}),
    noise: await numbers('noise', [items, ...latents], 11),
    imageNoise: await numbers('image-noise', [items, ...latents], 12),
    maskedNoise: await numbers('masked-noise', [items, ITERATIONS, ...latents], 13),
  };
}

type Settings = Awaited<ReturnType<typeof prepare>>;

async function load(engine: Engine, given: Record<string, unknown>): Promise<{run: Run; check: Run}> {
  const settings = given as unknown as Settings;
  const {models, items, wanted} = settings;
  const unet = await engine.loadUnet(models.unet);
  const vae = await engine.loadAutoencoderKl(models.vae);
  const text = await engine.loadClip(models.textEncoder, {tokenizer: emojiAsset('tokenizer')});
  const classifier = await engine.loadClassifier(models.classifier);
  const [pixels, ids, noise, imageNoise, maskedNoise] = (await Promise.all(
    (['pixels', 'ids', 'noise', 'imageNoise', 'maskedNoise'] as const).map((name) =>
      readStored(settings[name]),
    ),
  )) as [Tensor<Float32Array>, ...Tensor<Float32Array>[]] & Tensor<Float32Array>[];
  const options: SynthesisOptions = {
    batchSize: BATCH,
    height: sceneSize,
    width: sceneSize,
    steps: STEPS,
    strength: STRENGTH,
    guidanceScale: GUIDANCE,
    scheduler: await readSchedulerConfig(models.scheduler, {className: 'DDIMScheduler'}),
    objective: 'energy',
    temperature: 1,
    boundary: settings.boundary,
    tolerance: settings.tolerance,
    latentGradient: 'unscaled',
    stepRule: 'normalised',
    stepSize: STEP,
    maxIterations: ITERATIONS,
    transform: {resize: 0, crop: 0, interpolation: 'bilinear', mean: classifierMean, std: classifierStd},
  };
  const session = await engine.run((core) =>
    core.createSynthesizer(unet.native, vae.native, text.native, classifier.native, options),
  );
  const item = (row: number): SynthesisItem => ({
    id: String(row),
    seed: 0n,
    image: rowOf(pixels!, row),
    mask: {data: new Float32Array(sceneSize * sceneSize).fill(1), shape: [1, sceneSize, sceneSize]},
    ids: {data: whole(rowOf(ids!, row)), shape: [ids!.shape[1]!]},
    negativeIds: {data: whole(rowOf(ids!, items)), shape: [ids!.shape[1]!]},
    noise: rowOf(noise!, row),
    imageNoise: rowOf(imageNoise!, row),
    maskedImageNoise: rowOf(maskedNoise!, row),
  });
  /** Every sample's first score in the order of the items, until as many are accepted. */
  const search = async (enough: number): Promise<number[]> => {
    const first: number[] = [];
    const places: (number | undefined)[] = new Array<number | undefined>(BATCH).fill(undefined);
    let next = 0;
    let accepted = 0;
    while (accepted < enough) {
      for (let slot = 0; slot < BATCH; slot++) {
        if (places[slot] !== undefined || next === items) continue;
        const row = next++;
        await engine.run(() => session.place(slot, item(row)));
        places[slot] = row;
      }
      const reports = await engine.run(() => session.iterate({}));
      if (reports.length === 0) throw new Error(`only ${accepted} of ${items} samples were accepted`);
      for (const report of reports) {
        if (report.iteration === 1) first[places[report.slot]!] = report.score;
        if (!report.finished) continue;
        await engine.run(() => session.take(report.slot));
        places[report.slot] = undefined;
        if (report.accepted) accepted++;
      }
    }
    for (const [slot, row] of places.entries()) {
      if (row !== undefined) await engine.run(() => session.take(slot));
    }
    return first;
  };
  return {
    run: async () => Float32Array.from(await search(wanted)),
    // The samples that any run has begun with.
    check: async () => Float32Array.from((await search(1)).slice(0, BATCH)),
  };
}

const row: Row = {
  name: 'accepted-samples-emoji',
  title: `Emoji World, 64x64: until ${WANTED} samples lie at the boundary, at most ${ITERATIONS} iterations each`,
  operation: 'convolution',
  // Of the scores of the first images, which both sides make from the same draws.
  tolerance: 1e-3,
  peer: {
    script: 'synthesis.py',
    name: 'the published loop at the same target: all iterations for every sample',
  },
  async prepare(workspace, {quick}) {
    // How much there is to compute depends on how soon samples reach the boundary.
    return {settings: await prepare(workspace, quick), work: NaN};
  },
  load,
};

export default [row];
