import {z} from 'zod';
import type {FloatTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {filterElements} from '../../contexts/filter-elements.js';
import {rankVocabulary} from '../../contexts/rank-vocabulary.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {checkJson} from '../../data/files/json-file.js';
import {readJsonl, writeJsonl} from '../../data/files/jsonl.js';
import {subjectTest, Synonyms} from '../../wordnet/synonyms.js';
import {clipFeatures, fillTemplate, textFeatures} from '../clip-features.js';
import {
  elementsFromFile,
  elementsFromServer,
  instructionOf,
  type NamedElements,
  serverOf,
} from '../context-sources.js';
import type {RunContext} from '../run-context.js';
import type {Stage} from '../stage.js';
import {readSelection, SELECTION, type SelectedImage} from './select.js';

export const CONTEXTS = 'contexts.jsonl';

const rowSchema = z.strictObject({
  id: z.string(),
  contexts: z.array(z.string()).min(1),
  /** elements that were taken out */
  dropped: z.array(z.strictObject({element: z.string(), reason: z.string()})).optional(),
});
type ContextRow = z.infer<typeof rowSchema>;

/** Every row of contexts.jsonl. @throws SynoodError ERR_CONFIG */
export async function readContextRows(file: string): Promise<ContextRow[]> {
  return (await readJsonl(file)).map((value, index) =>
    checkJson(rowSchema, value, `${file}, line ${index + 1}`, 'ERR_CONFIG'),
  );
}

/** The contexts of each image, by id. @throws SynoodError ERR_CONFIG */
export async function readContexts(run: RunContext): Promise<Map<string, string[]>> {
  const rows = await readContextRows(run.directory.file(CONTEXTS));
  return new Map(rows.map(({id, contexts}) => [id, contexts]));
}

interface Made {
  rows: ContextRow[];
  details: Record<string, unknown>;
}

/** What every source is judged by: class names and ordinary words, as CLIP sees them. */
async function textSide(run: RunContext) {
  const {template} = run.config.contexts;
  const clip = await run.models.clip();
  const encode = (words: readonly string[]): Promise<FloatTensor> =>
    textFeatures(
      run,
      clip,
      words.map((word) => fillTemplate(template, word)),
    );
  const classes = await run.data.classes();
  const names = classes.map(({name}) => name);
  const {contexts: vocabulary} = await run.data.vocabulary();
  return {
    clip,
    encode,
    names,
    vocabulary,
    place: new Map(classes.map(({id}, index) => [id, index])),
    classes: await encode(names),
    words: await encode(vocabulary),
    synonyms: await Synonyms.load(),
  };
}

async function ranked(run: RunContext, selection: SelectedImage[]): Promise<Made> {
  const {count, dropNearest} = run.config.contexts;
  const {clip, classes, words, names, vocabulary, place, synonyms} = await textSide(run);
  let done = 0;
  const {items, features} = await clipFeatures(run, clip, selection, {
    set: 'inDistribution',
    onImage: () => run.progress(++done, selection.length),
  });
  const tests = names.map((name) => subjectTest(synonyms.of(name)));
  const chosen = await rankVocabulary(
    await run.models.engine(),
    {
      images: features,
      classes,
      labels: items.map((item) => place.get(item.class)!),
      words,
      isClassName: (label, word) => tests[label]!(vocabulary[word]!),
    },
    {count, dropNearest, signal: run.signal},
  );
  const rows = items.map(({id}, index) => ({id, contexts: chosen[index]!.map((word) => vocabulary[word]!)}));
  return {rows, details: {}};
}

/** Elements that a file or a server names, less what is no context, the rest ranked. */
async function filtered(run: RunContext, named: readonly NamedElements[]): Promise<Made> {
  const {count, dropNearest} = run.config.contexts;
  const {clip, encode, place, ...texts} = await textSide(run);
  const byId = new Map(named.map((row) => [row.item.id, row]));
  const {items, features} = await clipFeatures(
    run,
    clip,
    named.map(({item}) => item),
    {set: 'inDistribution'},
  );
  const images = items.map((item) => ({
    label: place.get(item.class)!,
    elements: byId.get(item.id)!.elements,
  }));
  const results = await filterElements(
    await run.models.engine(),
    {...texts, images, features, encode},
    {dropNearest, signal: run.signal},
  );
  let droppedElements = 0;
  const rows = items.flatMap(({id}, index): ContextRow[] => {
    const {kept, dropped} = results[index]!;
    droppedElements += dropped.length;
    const told = dropped.length > 0 ? {dropped} : {};
    if (kept.length === 0) {
      const words = dropped.map(({element, reason}) => `"${element}" ${reason}`).join(', ');
      run.leaveOut(`inDistribution: ${id}`, `no context is left: ${words}`);
      return [];
    }
    const {joined, elements} = byId.get(id)!;
    const left = new Set(kept);
    const contexts = joined
      ? [elements.filter((element) => left.has(element)).join(', ')]
      : kept.slice(0, count);
    return [{id, contexts, ...told}];
  });
  return {rows, details: {dropped: droppedElements}};
}

async function made(run: RunContext, selection: SelectedImage[]): Promise<Made> {
  const {source, filter, count} = run.config.contexts;
  if (source === 'clip') return ranked(run, selection);
  const {rows, details} = await (source === 'file' ? elementsFromFile : elementsFromServer)(run, selection);
  if (filter) {
    const result = await filtered(run, rows);
    return {rows: result.rows, details: {...details, ...result.details}};
  }
  const plain = rows.map(({item, elements, joined}) => ({
    id: item.id,
    contexts: joined ? [elements.join(', ')] : elements.slice(0, count),
  }));
  return {rows: plain, details};
}

/** What each chosen image shows beside its class. */
export const contexts: Stage = {
  name: 'contexts',
  outputs: [CONTEXTS],
  portable: [CONTEXTS],

  async inputs(run) {
    const {config, data, models, directory} = run;
    const {source, filter} = config.contexts;
    const common = {contexts: config.contexts, selection: await hashFile(directory.file(SELECTION))};
    const bySource = {
      clip: async () => ({}),
      file: async () => ({file: await hashFile(config.data.contexts!)}),
      openai: async () => ({server: serverOf(run), instruction: instructionOf(run)}),
    };
    const own = {...common, ...(await bySource[source]())};
    if (source !== 'clip' && !filter) return own;
    return {
      ...own,
      vocabulary: (await data.vocabulary()).contexts,
      classes: await data.classes(),
      clip: await models.fingerprint('clip'),
      batchSize: config.engine.batchSize,
    };
  },

  async run(run) {
    const {rows, details} = await made(run, await readSelection(run));
    if (rows.length === 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        'None of the chosen images has contexts; there is nothing to synthesise.',
      );
    }
    await writeJsonl(run.directory.file(CONTEXTS), rows);
    return {images: rows.length, source: run.config.contexts.source, ...details};
  },
};
