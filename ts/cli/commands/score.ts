import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Command, CommandResult} from '../command.js';
import {formatTable} from '../output/table.js';
import {writeTable} from '../output/table-formats.js';
import type {ScoredImages} from '../score-images.js';

/** A run directory stands for the detector in it. */
function detectorFolder(given: string): string {
  const inside = join(given, 'detector');
  return existsSync(join(inside, 'detector.json')) ? inside : given;
}

const decision = (inside: boolean | null): string =>
  inside === null ? '' : inside ? 'in-distribution' : 'out-of-distribution';

function describe({images, failed}: ScoredImages, threshold: number | undefined): string {
  const rows = images.map(({path, score: value, inDistribution}) => [
    value.toFixed(4),
    decision(inDistribution),
    path,
  ]);
  const table = formatTable([{title: 'score', align: 'right'}, {title: 'decision'}, {title: 'image'}], rows);
  const meaning =
    threshold === undefined
      ? 'The detector was never calibrated: it has scores and no threshold.'
      : `In-distribution is a score of at least ${threshold.toFixed(4)}.`;
  const lines = rows.length > 0 ? [table, meaning] : [];
  for (const {path, reason} of failed) lines.push(`left out: ${path}: ${reason}`);
  return lines.join('\n');
}

/** One line an image, the failed ones with their reason. */
function listed({images, failed}: ScoredImages, format: 'csv' | 'jsonl'): string {
  const rows = [
    ...images.map((image) => ({...image, error: null})),
    ...failed.map(({path, reason}) => ({path, score: null, inDistribution: null, error: reason})),
  ];
  if (format === 'jsonl') return rows.map((row) => JSON.stringify(row)).join('\n');
  const text = rows.map(({path, score: value, inDistribution, error}) => [
    path,
    value === null ? '' : String(value),
    decision(inDistribution),
    error ?? '',
  ]);
  return writeTable({columns: ['path', 'score', 'decision', 'error'], rows: text}, 'csv');
}

export const score: Command = {
  usage: 'score <images..>',
  aliases: ['detect'],
  describe: 'Score images with a detector, and decide',
  about:
    'A higher score is more in-distribution; 95 % of the held-out in-distribution images reach the threshold. Images that cannot be read are named, the others are scored, and the exit code is 1.',
  positionals: {
    images: {type: 'string', describe: 'Image files, or folders of them'},
  },
  options: {
    detector: {
      alias: 'd',
      type: 'string',
      describe: 'A detector folder, or the run directory that it lies in',
      demandOption: true,
      requiresArg: true,
    },
    clip: {type: 'string', describe: 'The folder of its CLIP model, if that has moved', requiresArg: true},
    classifier: {
      type: 'string',
      describe: 'The folder of its image classifier, if that has moved',
      requiresArg: true,
    },
    format: {
      choices: ['table', 'csv', 'jsonl'],
      default: 'table',
      describe: 'How the scores are printed, or written with --out',
      requiresArg: true,
    },
    out: {
      alias: 'o',
      type: 'string',
      describe: 'A file for the scores, whole or not there',
      requiresArg: true,
    },
  },
  examples: [
    ['synood score photo.jpg --detector runs/emoji-world', 'one image'],
    [
      'synood detect holiday/ -d evaluations/emoji-world/detectors/knn --format csv -o scores.csv',
      'a file of scores',
    ],
    ['synood score holiday/ more/*.png -d runs/demo/detector', 'folders and files'],
    [
      'synood detect photo.jpg -d runs/demo --json',
      '{"threshold", "images": [{"path", "score", "inDistribution"}]}',
    ],
  ],
  async run(args, session): Promise<CommandResult> {
    const {imagesOf} = await import('../image-arguments.js');
    const {scoreImages} = await import('../score-images.js');
    const {Engine} = await import('../../models/engine.js');
    const {loadDetector} = await import('../../detection/load-detector.js');
    const {writeFileAtomic} = await import('../../data/files/atomic-file.js');
    const {paths, skipped} = await imagesOf(args['images'] as string[]);
    const {device, threads} = session.options;
    await using engine = await Engine.open({device, threads});
    const folder = detectorFolder(args['detector'] as string);
    const detector = await loadDetector(folder, {
      engine,
      clip: args['clip'] as string | undefined,
      classifier: args['classifier'] as string | undefined,
    });
    const scored = await scoreImages(detector, paths, session);
    const {threshold} = detector;
    const format = args['format'] as 'table' | 'csv' | 'jsonl';
    const out = args['out'] as string | undefined;
    const text = format === 'table' ? describe(scored, threshold) : listed(scored, format);
    if (out !== undefined) await writeFileAtomic(out, `${text}\n`);
    return {
      json: {detector: folder, threshold, ...scored, skipped},
      text:
        out === undefined ? text : `${scored.images.length} scored, ${scored.failed.length} left out: ${out}`,
      failed: scored.failed.length > 0,
    };
  },
};
