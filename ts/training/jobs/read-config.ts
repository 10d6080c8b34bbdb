import {z} from 'zod';
import {SynoodError} from '../../binding/errors.js';
import {readJson} from '../../data/files/json-file.js';
import type {TrainingJob} from './job.js';

function problem(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const where = issue.path.length > 0 ? `"${issue.path.join('.')}"` : 'the whole';
  if (issue.code !== 'unrecognized_keys') return `${where}: ${issue.message}`;
  const keys = issue.keys.map((key) => `"${[...issue.path, key].join('.')}"`).join(', ');
  const hint = issue.path.length === 0 ? `; there are ${known.join(', ')}` : '';
  return `unknown key ${keys}${hint}`;
}

/** @throws SynoodError ERR_CONFIG naming each key that does not fit */
export function checkTrainingConfig<C>(job: TrainingJob<C>, value: unknown, where: string): C {
  const parsed = job.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const {properties = {}} = z.toJSONSchema(job.schema, {io: 'input', unrepresentable: 'any'});
  const problems = parsed.error.issues.slice(0, 5).map((issue) => problem(issue, Object.keys(properties)));
  throw new SynoodError(
    'ERR_CONFIG',
    `${where}: ${problems.join('; ')}. See: synood train ${job.name} --schema`,
  );
}

/** @param change  what the command line has to say on top of the file */
export async function readTrainingConfig<C>(
  job: TrainingJob<C>,
  file: string,
  change: (read: unknown) => unknown = (read) => read,
): Promise<C> {
  let read: unknown;
  try {
    read = await readJson(file, 'ERR_CONFIG');
  } catch (thrown) {
    // A configuration that is not there is the command line's fault.
    if (!(thrown instanceof SynoodError) || thrown.code !== 'ERR_IO') throw thrown;
    throw new SynoodError('ERR_CONFIG', thrown.message, {cause: thrown});
  }
  return checkTrainingConfig(job, change(read), file);
}
