import {join} from 'node:path';
import {readJsonl} from '../../data/files/jsonl.js';
import {readJson} from '../../data/files/json-file.js';
import type {StageName} from '../../pipeline/stage.js';
import {formatTable} from './table.js';

/** As many rows as a glance takes in; the files have all. */
const SHOWN = 12;

const more = (total: number, file: string): string[] => (total > SHOWN ? [`… ${total} in ${file}`] : []);

async function contextsTable(directory: string): Promise<string> {
  const file = join(directory, 'contexts.jsonl');
  const rows = (await readJsonl(file)) as {id: string; contexts: string[]; dropped?: {element: string}[]}[];
  const table = formatTable(
    [{title: 'image'}, {title: 'contexts'}, {title: 'taken out'}],
    rows
      .slice(0, SHOWN)
      .map(({id, contexts, dropped = []}) => [
        id,
        contexts.join(', '),
        dropped.map(({element}) => element).join(', '),
      ]),
  );
  return [table, ...more(rows.length, file)].join('\n');
}

async function labelsTable(directory: string): Promise<string> {
  const file = join(directory, 'negatives.json');
  const {negatives} = (await readJson(file, 'ERR_CONFIG')) as {
    negatives: {name: string; kind: string; similarity: number}[];
  };
  const assigned = new Map<string, number>();
  for (const row of (await readJsonl(join(directory, 'labels.jsonl'))) as {label: string}[]) {
    assigned.set(row.label, (assigned.get(row.label) ?? 0) + 1);
  }
  const counted = negatives.map((label) => ({...label, images: assigned.get(label.name) ?? 0}));
  counted.sort((a, b) => b.images - a.images || a.similarity - b.similarity);
  const table = formatTable(
    [
      {title: 'negative label'},
      {title: 'kind'},
      {title: 'similarity', align: 'right'},
      {title: 'images', align: 'right'},
    ],
    counted
      .slice(0, SHOWN)
      .map(({name, kind, similarity, images}) => [name, kind, similarity.toFixed(3), String(images)]),
  );
  return [table, ...more(negatives.length, file)].join('\n');
}

/** What a stage has found, for people; undefined for stages whose line says it all. */
export async function stageTable(stage: StageName, directory: string): Promise<string | undefined> {
  if (stage === 'contexts') return contextsTable(directory);
  return stage === 'mine' ? labelsTable(directory) : undefined;
}
