import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {checkJson} from '../../data/files/json-file.js';
import {readJsonl, writeJsonl} from '../../data/files/jsonl.js';
import {jpegComplexity, selectMostComplex} from '../../data/jpeg-complexity.js';
import {mapImages} from '../read-images.js';
import {leaveOutSkipped, type RunContext} from '../run-context.js';
import {imageSetHash} from '../run-data.js';
import type {Stage} from '../stage.js';

export const SELECTION = 'selection.jsonl';

const rowSchema = z.strictObject({
  id: z.string(),
  class: z.string(),
  complexity: z.number(),
  sha256: z.string(),
});

/** A chosen in-distribution image. */
export type SelectedImage = z.infer<typeof rowSchema> & {path: string};

/** The rows of selection.jsonl, with the images' paths. @throws SynoodError ERR_CONFIG */
export async function readSelection(run: RunContext): Promise<SelectedImage[]> {
  const file = run.directory.file(SELECTION);
  return (await readJsonl(file)).map((value, index) => {
    const row = checkJson(rowSchema, value, `${file}, line ${index + 1}`, 'ERR_CONFIG');
    return {...row, path: join(run.data.trainFolder, ...row.id.split('/'))};
  });
}

/** Keeps the most complex images of each class (SynOOD, data selection). */
export const select: Stage = {
  name: 'select',
  outputs: [SELECTION],
  portable: [SELECTION],

  async inputs({config, data}) {
    const {items, skipped} = await data.train();
    return {
      select: config.select,
      images: await imageSetHash(items),
      skipped: skipped.map(({path}) => path),
    };
  },

  async run(run) {
    const {items, skipped} = await run.data.train();
    leaveOutSkipped(run, 'inDistribution', skipped);
    const measured = [];
    let done = 0;
    const complexities = mapImages(run, 'inDistribution', items, (image, {bytes}) =>
      jpegComplexity(image, run.config.select.complexity, bytes),
    );
    for await (const {item, result} of complexities) {
      measured.push({...item, complexity: result});
      run.progress(++done, items.length, item.id);
    }
    const chosen = selectMostComplex(measured, run.config.select.perClass);
    if (chosen.length === 0) {
      throw new SynoodError('ERR_CONFIG', `None of the images in ${run.data.trainFolder} can be read.`);
    }
    const rows = [];
    for (const {id, className, complexity, path} of chosen) {
      const sha256 = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      rows.push({id, class: className, complexity, sha256});
    }
    await writeJsonl(run.directory.file(SELECTION), rows);
    return {images: rows.length, of: items.length, classes: new Set(rows.map((row) => row.class)).size};
  },
};
