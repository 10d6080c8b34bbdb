import {writeFile} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import type {Settings} from './row.js';

/** What a side is asked to load: see child.ts. */
export interface LoadRequest {
  area: string;
  row: string;
  settings: Settings;
  device: string;
  dtype: string;
  threads: number;
}

type Request = (LoadRequest & {op: 'load'}) | {op: 'run'; output?: string};

export interface Loaded {
  /** what is timed */
  run: () => Promise<Float32Array>;
  /** what is compared, where that is something else */
  check?: () => Promise<Float32Array>;
  versions: Record<string, string>;
}

/** A side of a row that is a Node program: loads once, then runs when it is asked, until stdin ends. See child.ts. */
export async function serve(load: (request: LoadRequest) => Promise<Loaded>): Promise<void> {
  let sides: Loaded | undefined;
  const answer = async (request: Request): Promise<object> => {
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1000;
    if (request.op === 'load') {
      sides = await load(request);
      return {seconds: seconds(), versions: sides.versions};
    }
    if (!sides) throw new Error('nothing is loaded');
    const {run, check = run} = sides;
    const result = await (request.output ? check : run)();
    const reply = {seconds: seconds()};
    if (request.output) {
      await writeFile(request.output, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
    }
    return reply;
  };
  for await (const line of createInterface({input: process.stdin})) {
    const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({
      error: error instanceof Error ? error.message : String(error),
    }));
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
}
