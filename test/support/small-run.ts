import {writeFile} from 'node:fs/promises';
import {join, relative} from 'node:path';
import type {RunConfigInput} from '../../ts/pipeline/config/schema.js';
import {tinyModels} from './tiny-models.js';
import {tinyConfig, tinyData} from './tiny-run.js';

/** Writes ind/, ood/ and small.json, a configuration of random-weight models that runs every stage in seconds. */
export async function writeSmallRun(
  root: string,
  {select, synthesize}: Pick<RunConfigInput, 'select' | 'synthesize'> = {},
): Promise<void> {
  const data = await tinyData(root);
  const near = Object.entries(data).map(([key, path]) => [key, relative(root, path as string)]);
  const config = tinyConfig(Object.fromEntries(near) as typeof data, await tinyModels());
  const all = {
    ...config,
    name: 'small',
    select: {...config.select, ...select},
    synthesize: {...config.synthesize, ...synthesize},
  };
  await writeFile(join(root, 'small.json'), JSON.stringify(all));
}
