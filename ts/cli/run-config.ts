import {SynoodError} from '../binding/errors.js';
import {readConfig, resolveConfig} from '../pipeline/config/read-config.js';
import type {RunConfig} from '../pipeline/config/schema.js';
import {readRunRecord} from '../pipeline/run-directory.js';
import type {Session} from './session.js';

export interface ConfigSource {
  /** a configuration file */
  file?: string;
  /** a run directory, whose own configuration is taken where there is no file */
  directory?: string;
}

async function readGivenConfig(file: string): Promise<RunConfig> {
  try {
    return await readConfig(file);
  } catch (thrown) {
    // A configuration that is not there is the command line's fault.
    if (!(thrown instanceof SynoodError) || thrown.code !== 'ERR_IO') throw thrown;
    throw new SynoodError('ERR_CONFIG', thrown.message, {cause: thrown});
  }
}

async function configOf({file, directory}: ConfigSource): Promise<RunConfig> {
  if (file !== undefined) return readGivenConfig(file);
  const {configuration} = directory === undefined ? {configuration: null} : await readRunRecord(directory);
  if (configuration === null) return resolveConfig();
  return resolveConfig(configuration, {where: `${directory}/run.json`});
}

/**
 * The configuration of a file, of a run directory, or of Emoji World, with what the command line says on top.
 *
 * @throws SynoodError ERR_CONFIG naming file and key
 */
export async function configFromArguments(source: ConfigSource, {options}: Session): Promise<RunConfig> {
  const config = await configOf(source);
  const {device = config.engine.device, threads = config.engine.threads, seed = config.seed} = options;
  return {...config, seed, engine: {...config.engine, device, threads}};
}
