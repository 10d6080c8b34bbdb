import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Command} from '../command.js';
import {UsageError} from '../usage-error.js';

type StageName = 'select' | 'contexts' | 'synthesize' | 'mine' | 'finetune';

interface StageText {
  describe: string;
  about: string;
  example: string;
}

const texts: Record<StageName, StageText> = {
  select: {
    describe: 'Stage 1: choose in-distribution images by complexity',
    about:
      'Keeps the most complex images of each class, by the bytes that JPEG needs for a pixel. Writes selection.jsonl.',
    example: 'chooses the images to start from',
  },
  contexts: {
    describe: 'Stage 2: what each chosen image shows beside its class',
    about:
      'Ranks a vocabulary with CLIP, reads contextual elements from data.contexts, or asks a multimodal language model (contexts.source). The subject, its synonyms and what CLIP takes for it are taken out. Writes contexts.jsonl; answers of a server are kept in answers.jsonl, so no image is asked about twice.',
    example: 'finds the contexts again, with other settings',
  },
  synthesize: {
    describe: 'Stage 3: images at the boundary, by guided inpainting',
    about:
      "Inpaints each chosen image and moves its noise along the skip gradient of the classifier's energy until it lies at the boundary. Writes boundary.json and synthetic/, an image folder with metadata.jsonl.",
    example: 'goes on with the images that are missing',
  },
  mine: {
    describe: 'Stage 4: negative labels, and one for each synthetic image',
    about:
      'Keeps the words of the vocabulary, WordNet with data.vocabulary "wordnet", that lie farthest from all classes (NegMining). Writes labels.jsonl.',
    example: 'mines again, with other settings',
  },
  finetune: {
    describe: 'Stage 5: train both sides of the detector',
    about:
      "Trains a projection of CLIP's image features, and the negative labels' features. Writes detector/.",
    example: 'trains again, with other settings',
  },
};

const stageCommand = (stage: StageName): Command => ({
  usage: `${stage} [config]`,
  describe: texts[stage].describe,
  about: `${texts[stage].about} Needs what the stages before it made. Nothing is done if it was done with the same inputs.`,
  positionals: {
    config: {
      type: 'string',
      describe: "A configuration file; without it the run directory's own configuration",
    },
  },
  options: {
    out: {
      alias: 'o',
      type: 'string',
      describe: 'The run directory',
      demandOption: true,
      requiresArg: true,
    },
  },
  examples: [
    [`synood ${stage} --out runs/demo`, texts[stage].example],
    [`synood ${stage} my.json --out runs/demo`, 'as a configuration says'],
  ],
  resumes: true,
  async run(args, session) {
    const {configFromArguments} = await import('../run-config.js');
    const {callPipeline} = await import('../pipeline-call.js');
    const {nearPath} = await import('../output/run-summary.js');
    const {stageSummary} = await import('../output/stage-summary.js');
    const directory = args['out'] as string;
    if (stage !== 'select' && !existsSync(join(directory, 'run.json'))) {
      const first = `synood select --out ${directory}`;
      throw new UsageError(`${directory} is no run directory: it has no run.json. Begin with: ${first}`);
    }
    const config = await configFromArguments(
      {file: args['config'] as string | undefined, directory},
      session,
    );
    const json = await callPipeline(config, directory, session, [stage]);
    const lines = json.stages.map((outcome) => `${nearPath(json.out)}: ${stageSummary(outcome)}`);
    const {stageTable} = await import('../output/stage-tables.js');
    const table = await stageTable(stage, directory);
    if (table !== undefined) lines.push('', table);
    return {json, text: lines.join('\n')};
  },
});

/** A command for each stage but the report, which has more to say, in the order of the pipeline. */
export const stages: Command[] = (Object.keys(texts) as StageName[]).map(stageCommand);
