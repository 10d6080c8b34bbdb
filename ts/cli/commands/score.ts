import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Command, CommandResult} from '../command.js';
import {formatTable} from '../output/table.js';
import type {ScoredImages} from '../score-images.js';

/** A run directory stands for the detector in it. */
function detectorFolder(given: string): string {
  const inside = join(given, 'detector');
  return existsSync(join(inside, 'detector.json')) ? inside : given;
}

function describe({images, failed}: ScoredImages, threshold: number): string {
  const rows = images.map(({path, score, inDistribution}) => [
    score.toFixed(4),
    inDistribution ? 'in-distribution' : 'out-of-distribution',
    path,
  ]);
  const table = formatTable([{title: 'score', align: 'right'}, {title: 'decision'}, {title: 'image'}], rows);
  const meaning = `In-distribution is a score of at least ${threshold.toFixed(4)}.`;
  const lines = rows.length > 0 ? [table, meaning] : [];
  for (const {path, reason} of failed) lines.push(`left out: ${path}: ${reason}`);
  return lines.join('\n');
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
  },
  examples: [
    ['synood score photo.jpg --detector runs/emoji-world', 'one image'],
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
    const {Detector} = await import('../../detection/detector.js');
    const {paths, skipped} = await imagesOf(args['images'] as string[]);
    const {device, threads} = session.options;
    await using engine = await Engine.open({device, threads});
    const folder = detectorFolder(args['detector'] as string);
    const detector = await Detector.load(folder, {engine, clip: args['clip'] as string | undefined});
    const scored = await scoreImages(detector, paths, session);
    const {threshold} = detector;
    return {
      json: {detector: folder, threshold, ...scored, skipped},
      text: describe(scored, threshold),
      failed: scored.failed.length > 0,
    };
  },
};
