import {join} from 'node:path';
import {z} from 'zod';
import type {NamedTensor} from '../../binding/contract.js';
import {SynoodError} from '../../binding/errors.js';
import {readJson} from '../../data/files/json-file.js';
import {Clip} from '../../models/clip.js';
import {saveModel} from '../../models/save-model.js';
import {writeSafetensors} from '../../models/weights/safetensors.js';
import {Trainer} from '../trainer.js';
import {copyBeside} from './clip.js';
import {pairData, pairShape} from './clip-data.js';
import {at, runFit, type TrainingJob} from './job.js';
import {commonShape, path, trainerOptions} from './settings.js';

const schema = z.strictObject({
  ...commonShape({
    epochs: 10,
    batchSize: 128,
    optimizer: {kind: 'adamw', learningRate: 3e-4, weightDecay: 0.2, betas: [0.9, 0.98]},
  }),
  clip: path.describe('a CLIP folder; it stays as it is'),
  ...pairShape,
});

/** A CLIP config.json's text side as that of a CLIPTextModelWithProjection. */
function textConfig(config: unknown): object {
  const {text_config: text, projection_dim: projection} = config as {
    text_config?: object;
    projection_dim?: number;
  };
  if (!text || !projection) {
    throw new SynoodError(
      'ERR_MODEL_FORMAT',
      'Expected a CLIP folder whose config.json has text_config and projection_dim.',
    );
  }
  return {
    architectures: ['CLIPTextModelWithProjection'],
    model_type: 'clip_text_model',
    ...text,
    projection_dim: projection,
  };
}

const isPrompts = ({name}: NamedTensor): boolean => name === 'prompts';

/**
 * `no/` is a text tower of transformers' CLIPTextModelWithProjection whose features say "no"; the mean of the learned prompts
 * is folded into its position embedding, so that it is used like any other. `prompts.safetensors` has them one by one,
 * (16, positions, hidden).
 */
export const clipn: TrainingJob<z.output<typeof schema>> = {
  name: 'clipn',
  about: 'CLIPN\'s text branch that says "no" (no/, a text tower of its own)',
  schema,
  example: {out: 'runs/clipn', clip: 'clip-vit-base-patch16', pairs: 'pairs.jsonl', epochs: 10},
  async run(settings, context) {
    const folder = at(context, settings.clip);
    using model = await Clip.load(context.engine, folder);
    const {source, preprocessing, fingerprint, leftOut} = await pairData(settings, model, context, true);
    const {mean, std} = preprocessing;
    const options = {...trainerOptions(settings, source.count), mean, std};
    using trainer = await Trainer.clipn(context.engine, model, options);
    const inputs = {data: fingerprint, model: await model.fingerprint()};
    const plan = {training: 'clipn', name: 'clipn', trainer, source, settings, inputs};
    const fitted = await runFit(plan, context);
    const out = at(context, settings.out);
    const result = await trainer.result();
    const config = textConfig(await readJson(join(folder, 'config.json'), 'ERR_MODEL_FORMAT'));
    await saveModel(
      join(out, 'no'),
      config,
      result.filter((entry) => !isPrompts(entry)),
      'model',
    );
    await copyBeside(folder, join(out, 'no'));
    await writeSafetensors(join(out, 'prompts.safetensors'), {prompts: result.find(isPrompts)!.tensor});
    return {out, files: ['no/', 'prompts.safetensors', 'clipn.jsonl'], trainings: {clipn: fitted}, leftOut};
  },
};
