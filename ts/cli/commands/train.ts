import {dirname, resolve} from 'node:path';
import type {JobOutcome, TrainingJob} from '../../training/jobs/job.js';
import type {Command, CommandResult} from '../command.js';
import type {Session} from '../session.js';
import {UsageError} from '../usage-error.js';

const trainings: [name: string, describe: string][] = [
  ['projection', "SynOOD's image side: a layer on CLIP's image features"],
  ['labels', "SynOOD's label side: the negative labels' features"],
  ['joint', 'Both sides at once'],
  ['clip', 'CLIP from scratch, or its last blocks, or all of it'],
  ['clipn', 'CLIPN\'s text branch that says "no"'],
  ['lsn', "LSN's learned positive and negative prompts"],
  ['classifier', 'An image classifier, or a linear one on frozen features'],
  ['autoencoder', "A diffusion model's autoencoder"],
  ['denoiser', "A diffusion model's UNet, also for inpainting"],
];

function describe(outcome: JobOutcome, leftOut: number): string {
  const lines = Object.entries(outcome.trainings).map(([name, {steps, resumedFrom, last}]) => {
    const from = resumedFrom > 0 ? ` (went on from step ${resumedFrom})` : '';
    const accuracy = last?.accuracy === undefined ? '' : `, accuracy ${(100 * last.accuracy).toFixed(1)} %`;
    const loss = last ? `, loss ${last.loss.toFixed(4)}${accuracy}` : '';
    return `${name}: ${steps} steps${from}${loss}`;
  });
  if (leftOut > 0) lines.push(`left out: ${leftOut} files; --json lists them`);
  lines.push(`Made in ${outcome.out}: ${outcome.files.join(', ')}`);
  return lines.join('\n');
}

/** The command line's own settings on top of the file's. */
function withOptions(config: unknown, {options}: Session): unknown {
  if (typeof config !== 'object' || config === null || options.seed === undefined) return config;
  return {...config, seed: options.seed};
}

async function runTraining(job: TrainingJob, file: string, session: Session): Promise<CommandResult> {
  const {Engine} = await import('../../models/engine.js');
  const {LossCurve} = await import('../output/loss-curve.js');
  const {readTrainingConfig} = await import('../../training/jobs/read-config.js');
  const config = await readTrainingConfig(job, file, (read) => withOptions(read, session));
  const {device, threads} = session.options;
  await using engine = await Engine.open({device, threads});
  const {progress, signal} = session;
  const curves = new Map<string, InstanceType<typeof LossCurve>>();
  const outcome = await job.run(config, {
    engine,
    folder: dirname(resolve(file)),
    signal,
    onPrepare: (done, total) => progress.report({stage: 'read', done, total}),
    onStep: (name, step, total) => {
      const curve = curves.get(name) ?? new LossCurve();
      curves.set(name, curve);
      curve.add(step);
      progress.report({stage: name, done: step.step + 1, total, detail: curve.text()});
    },
  });
  return {json: {training: job.name, ...outcome}, text: describe(outcome, outcome.leftOut.length)};
}

function command([name, what]: [string, string]): Command {
  return {
    usage: name,
    describe: what,
    about: `${what}. --example prints a configuration to start from, --schema all that it may hold. Loss, learning rate, accuracy, gradient norm and throughput of every step go to <out>/*.jsonl. Cut off at any moment, the same command goes on from the last checkpoint and ends with the same bytes.`,
    options: {
      config: {alias: 'c', type: 'string', describe: 'The configuration, a JSON file', requiresArg: true},
      example: {type: 'boolean', describe: 'Print a configuration to start from'},
      schema: {type: 'boolean', describe: 'Print the JSON schema of the configuration, with every default'},
    },
    examples: [
      [`synood train ${name} --example > ${name}.json`, 'a file to start from'],
      [`synood train ${name} --config ${name}.json`, 'train; again, after an interruption: go on'],
      [`synood train ${name} --schema`, 'every setting, what it means and its default'],
    ],
    resumes: true,
    async run(args, session) {
      const {trainingJobs} = await import('../../training/jobs/all.js');
      const job = trainingJobs.find((one) => one.name === name)!;
      if (args['schema'] === true) {
        const {z} = await import('zod');
        const json = z.toJSONSchema(job.schema, {io: 'input', unrepresentable: 'any'});
        return {json, text: JSON.stringify(json, null, 2)};
      }
      if (args['example'] === true) return {json: job.example, text: JSON.stringify(job.example, null, 2)};
      const file = args['config'] as string | undefined;
      if (file !== undefined) return runTraining(job, file, session);
      throw new UsageError(
        `Expected --config FILE; --example prints one to start from.`,
        `synood train ${name} --help`,
      );
    },
  };
}

export const train: Command = {
  usage: 'train',
  describe: 'Train a head, CLIP, a classifier or the parts of a diffusion model',
  about:
    'Each training reads one JSON file. It logs every step as JSON lines, writes checkpoints that are whole or not there, and goes on after an interruption to the bytes of an uninterrupted run.',
  examples: [
    ['synood train projection --example > projection.json', 'a configuration to start from'],
    ['synood train projection --config projection.json', 'train'],
    ['synood train clip --help', 'one training'],
  ],
  commands: trainings.map(command),
};
