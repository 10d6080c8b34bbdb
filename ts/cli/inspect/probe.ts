import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {EngineInfo} from '../../binding/contract.js';

export type EngineProbe = {ok: true; info: EngineInfo} | {ok: false; code: string; message: string};

/** Tells the probe's line from what libraries print. */
export const MARK = 'synood-probe:';

const TIMEOUT_MS = 60_000;

/** What a program prints, '' if it is not there or fails. Never throws. */
export function outputOf(program: string, args: string[], timeout = 5000): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, {timeout}, (error, stdout) => resolve(error ? '' : stdout.trim()));
  });
}

/** Opens an engine in a process of its own. Never throws. */
export function probeEngine(device: string): Promise<EngineProbe> {
  const program = fileURLToPath(new URL('./probe-engine.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [program, device], {timeout: TIMEOUT_MS}, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((one) => one.startsWith(MARK));
      if (line) return resolve(JSON.parse(line.slice(MARK.length)) as EngineProbe);
      const how = error?.signal ? `was ended by ${error.signal}` : `ended with code ${error?.code ?? 0}`;
      const last = stderr.trim().split('\n').at(-1) ?? '';
      resolve({ok: false, code: 'ERR_INTERNAL', message: `Opening an engine ${how}. ${last}`.trim()});
    });
  });
}
