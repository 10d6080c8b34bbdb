import {z} from 'zod';
import type {FloatTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {checkJson} from '../../data/files/json-file.js';
import {readJsonl, writeJsonl} from '../../data/files/jsonl.js';
import {groupPermutation, mineNegatives} from '../../detection/neg-mining.js';
import type {Clip} from '../../models/clip.js';
import {argmaxRows, clipFeatures, fillTemplate, joinRows, takeRows, textFeatures} from '../clip-features.js';
import {type Labels, NEGATIVE_FEATURES, NEGATIVES, writeLabels} from '../negatives.js';
import type {RunContext} from '../run-context.js';
import type {Stage} from '../stage.js';
import {readSynthetic, SYNTHETIC} from '../synthetic-rows.js';

export const LABELS = 'labels.jsonl';

const rowSchema = z.strictObject({
  file_name: z.string(),
  label: z.string(),
  index: z.number().int().nonnegative(),
  cosine: z.number(),
});

/** The negative label of each synthetic image, by file name. @throws SynoodError ERR_CONFIG */
export async function readImageLabels(run: RunContext): Promise<Map<string, z.infer<typeof rowSchema>>> {
  const file = run.directory.file(LABELS);
  const rows = (await readJsonl(file)).map((value, index) =>
    checkJson(rowSchema, value, `${file}, line ${index + 1}`, 'ERR_CONFIG'),
  );
  return new Map(rows.map((row) => [row.file_name, row]));
}

interface Mined {
  labels: Labels['negatives'];
  features: FloatTensor;
}

/** The words of one kind that lie farthest from all classes. */
async function mineKind(
  run: RunContext,
  clip: Clip,
  kind: 'noun' | 'adjective',
  words: string[],
  classes: FloatTensor,
): Promise<Mined> {
  const {quantile, share, nounTemplate, adjectiveTemplate} = run.config.mine;
  const template = kind === 'noun' ? nounTemplate : adjectiveTemplate;
  if (words.length === 0)
    return {labels: [], features: {data: new Float32Array(), shape: [0, classes.shape[1]!]}};
  const prompts = words.map((word) => fillTemplate(template, word));
  const features = await textFeatures(run, clip, prompts, (done, total) =>
    run.progress(done, total, `${kind}s`),
  );
  const engine = await run.models.engine();
  const {rows, similarities} = await mineNegatives(engine, features, classes, {
    quantile,
    share,
    signal: run.signal,
  });
  return {
    labels: rows.map((row, at) => ({
      name: words[row]!,
      prompt: prompts[row]!,
      kind,
      similarity: similarities[at]!,
    })),
    features: takeRows(features, rows),
  };
}

/** The negative labels of a run out of its vocabulary, with their features. */
export async function mineLabels(run: RunContext, clip: Clip): Promise<Labels> {
  const classes = (await run.data.classes()).map((entry) => ({
    ...entry,
    prompt: fillTemplate(run.config.mine.classTemplate, entry.name),
  }));
  const taken = new Set(classes.map(({name}) => name.toLowerCase()));
  const {nouns, adjectives, dropped} = await run.data.vocabulary();
  for (const {what, reason} of dropped) run.leaveOut(what, reason);
  const candidates = (words: string[]) => words.filter((word) => !taken.has(word.toLowerCase()));
  const classFeatures = await textFeatures(
    run,
    clip,
    classes.map(({prompt}) => prompt),
  );
  const noun = await mineKind(run, clip, 'noun', candidates(nouns), classFeatures);
  const adjective = await mineKind(run, clip, 'adjective', candidates(adjectives), classFeatures);
  const negatives = [...noun.labels, ...adjective.labels];
  if (negatives.length === 0) {
    throw new SynoodError(
      'ERR_CONFIG',
      'The vocabulary has no word beside the class names. Give more words.',
    );
  }
  return {
    classes,
    negatives,
    permutation: groupPermutation(
      negatives.map(({kind, name}) => `${kind}\0${name}`),
      run.config.seed,
    ),
    candidates: candidates(nouns).length + candidates(adjectives).length,
    classFeatures,
    negativeFeatures: joinRows([noun.features.data, adjective.features.data], classFeatures.shape[1]!),
  };
}

/** Negative labels out of a vocabulary, and one of them for each synthetic image: the most similar. */
export const mine: Stage = {
  name: 'mine',
  outputs: [NEGATIVES, NEGATIVE_FEATURES, LABELS],
  portable: [NEGATIVES, NEGATIVE_FEATURES, LABELS],

  async inputs({config, data, models, directory}) {
    const {nouns, adjectives} = await data.vocabulary();
    return {
      mine: config.mine,
      seed: config.seed,
      batchSize: config.engine.batchSize,
      classes: await data.classes(),
      vocabulary: {nouns, adjectives},
      clip: await models.fingerprint('clip'),
      synthetic: await hashFile(directory.file(SYNTHETIC, 'metadata.jsonl')),
    };
  },

  async run(run) {
    const clip = await run.models.clip();
    const labels = await mineLabels(run, clip);
    await writeLabels(run, labels);
    const synthetic = await readSynthetic(run);
    let done = 0;
    const {items, features} = await clipFeatures(run, clip, synthetic, {
      set: SYNTHETIC,
      onImage: () => run.progress(++done, synthetic.length),
    });
    const engine = await run.models.engine();
    const cosines = await engine.run(
      (native) => native.cosines(features, labels.negativeFeatures),
      run.signal,
    );
    const count = labels.negatives.length;
    const best = argmaxRows(cosines);
    const rows = items.map(({file_name}, row) => ({
      file_name,
      label: labels.negatives[best[row]!]!.name,
      index: best[row]!,
      cosine: cosines.data[row * count + best[row]!]!,
    }));
    await writeJsonl(run.directory.file(LABELS), rows);
    const ofKind = (kind: string) => labels.negatives.filter((label) => label.kind === kind).length;
    return {
      candidates: labels.candidates,
      negatives: count,
      nouns: ofKind('noun'),
      adjectives: ofKind('adjective'),
      assigned: new Set(best).size,
    };
  },
};
