import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {repoRoot} from './paths.js';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** milliseconds */
  took: number;
}

export interface ProgramOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Told how to send signals, at the start. */
  onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a compiled program of this package, such as `dist/ts/cli/main.js`, to its end. */
export function runProgram(
  program: string,
  args: string[] = [],
  options: ProgramOptions = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [join(repoRoot, program), ...args], {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    options.onStart?.((signal) => child.kill(signal));
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({code, signal, stdout, stderr, took: performance.now() - start}),
    );
  });
}
