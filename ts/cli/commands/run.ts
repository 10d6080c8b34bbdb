import {basename, extname, join} from 'node:path';
import type {Command} from '../command.js';

/** runs/NAME after the configuration's file name. */
function defaultOut(file: string | undefined): string {
  return join('runs', file === undefined ? 'emoji-world' : basename(file, extname(file)));
}

export const run: Command = {
  usage: 'run [config]',
  describe: 'The whole pipeline: from a folder of images to a detector',
  about:
    'select -> contexts -> synthesize -> mine -> finetune -> evaluate -> report. Without a configuration it works on Emoji World, an embedded data set with tiny models. A stage that is done is not done again, and one that was cut off goes on where it was.',
  positionals: {config: {type: 'string', describe: 'A configuration file; see: synood config'}},
  options: {
    out: {
      alias: 'o',
      type: 'string',
      describe: 'The run directory; without it runs/ and the name of the configuration',
      requiresArg: true,
    },
  },
  examples: [
    ['synood run', 'Emoji World, into runs/emoji-world'],
    ['synood run my.json --out runs/demo', 'your data and models'],
    ['synood run my.json --out runs/demo', 'again: goes on where it was cut off'],
    ['synood run my.json -o runs/seed-7 --seed 7', 'with another seed'],
    ['synood run my.json --device cuda:1 --json', 'on the second GPU, the summary as JSON'],
  ],
  resumes: true,
  async run(args, session) {
    const {configFromArguments} = await import('../run-config.js');
    const {callPipeline} = await import('../pipeline-call.js');
    const {describeRun} = await import('../output/run-summary.js');
    const file = args['config'] as string | undefined;
    const given = args['out'] as string | undefined;
    const config = await configFromArguments({file, directory: given}, session);
    const json = await callPipeline(config, given ?? defaultOut(file), session);
    return {json, text: describeRun(json)};
  },
};
