import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {ContextsFile} from '../../contexts/contexts-file.js';
import {rankVocabulary} from '../../contexts/rank-vocabulary.js';
import {hashFile} from '../../data/files/canonical-hash.js';
import {checkJson} from '../../data/files/json-file.js';
import {readJsonl, writeJsonl} from '../../data/files/jsonl.js';
import {clipFeatures, fillTemplate, textFeatures} from '../clip-features.js';
import type {RunContext} from '../run-context.js';
import type {Stage} from '../stage.js';
import {readSelection, SELECTION, type SelectedImage} from './select.js';

export const CONTEXTS = 'contexts.jsonl';

const rowSchema = z.strictObject({id: z.string(), contexts: z.array(z.string()).min(1)});
type ContextRow = z.infer<typeof rowSchema>;

/** The contexts of each image, by id. @throws SynoodError ERR_CONFIG */
export async function readContexts(run: RunContext): Promise<Map<string, string[]>> {
  const file = run.directory.file(CONTEXTS);
  const rows = (await readJsonl(file)).map((value, index) =>
    checkJson(rowSchema, value, `${file}, line ${index + 1}`, 'ERR_CONFIG'),
  );
  return new Map(rows.map(({id, contexts}) => [id, contexts]));
}

async function fromFile(run: RunContext, selection: SelectedImage[]): Promise<ContextRow[]> {
  const file = await ContextsFile.read(run.config.data.contexts!);
  return selection.flatMap(({id}) => {
    const contexts = file.of(id);
    if (contexts) return [{id, contexts: contexts.slice(0, run.config.contexts.count)}];
    run.leaveOut(`inDistribution: ${id}`, `has no contexts in ${run.config.data.contexts}`);
    return [];
  });
}

async function ranked(run: RunContext, selection: SelectedImage[]): Promise<ContextRow[]> {
  const {template, count, dropNearest} = run.config.contexts;
  const clip = await run.models.clip();
  const classes = await run.data.classes();
  const {contexts: vocabulary} = await run.data.vocabulary();
  const place = new Map(classes.map(({id}, index) => [id, index]));
  let done = 0;
  const {items, features} = await clipFeatures(run, clip, selection, {
    set: 'inDistribution',
    onImage: () => run.progress(++done, selection.length),
  });
  const engine = await run.models.engine();
  const names = classes.map(({name}) => name);
  const chosen = await rankVocabulary(
    engine,
    {
      images: features,
      classes: await textFeatures(
        run,
        clip,
        names.map((name) => fillTemplate(template, name)),
      ),
      labels: items.map((item) => place.get(item.class)!),
      words: await textFeatures(
        run,
        clip,
        vocabulary.map((word) => fillTemplate(template, word)),
      ),
      isClassName: (label, word) => vocabulary[word]!.toLowerCase() === names[label]!.toLowerCase(),
    },
    {count, dropNearest, signal: run.signal},
  );
  return items.map(({id}, index) => ({id, contexts: chosen[index]!.map((word) => vocabulary[word]!)}));
}

/** What each chosen image shows beside its class. */
export const contexts: Stage = {
  name: 'contexts',
  outputs: [CONTEXTS],

  async inputs({config, data, models, directory}) {
    const common = {contexts: config.contexts, selection: await hashFile(directory.file(SELECTION))};
    if (config.contexts.source === 'file') return {...common, file: await hashFile(config.data.contexts!)};
    return {
      ...common,
      vocabulary: (await data.vocabulary()).contexts,
      classes: await data.classes(),
      clip: await models.fingerprint('clip'),
      batchSize: config.engine.batchSize,
    };
  },

  async run(run) {
    const selection = await readSelection(run);
    const rows = await (run.config.contexts.source === 'file' ? fromFile : ranked)(run, selection);
    if (rows.length === 0) {
      throw new SynoodError(
        'ERR_CONFIG',
        'None of the chosen images has contexts; there is nothing to synthesise.',
      );
    }
    await writeJsonl(run.directory.file(CONTEXTS), rows);
    return {images: rows.length, source: run.config.contexts.source};
  },
};
