/** Finding and running programs. */
import {spawn, spawnSync} from 'node:child_process';
import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, join} from 'node:path';

/**
 * The full path of a program on PATH, or undefined.
 *
 * @param {...string} names tried in order
 * @returns {string | undefined}
 */
export function which(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        if (statSync(path).isFile()) return path;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}

/**
 * Runs a program to its end. Its output goes to stderr, so that stdout stays free for results.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<void>} rejects if the program fails, naming the command
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {stdio: ['ignore', 2, 2], ...options});
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(`\`${[program, ...args].join(' ')}\` ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/**
 * Runs a program and returns what it printed.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{timeout?: number, cwd?: string, env?: NodeJS.ProcessEnv}} [options]
 * @returns {{ok: boolean, stdout: string, stderr: string}}
 */
export function capture(program, args, options = {}) {
  const {status, stdout, stderr, error} = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    ...options,
  });
  return {ok: status === 0, stdout: stdout ?? '', stderr: error ? error.message : (stderr ?? '')};
}
