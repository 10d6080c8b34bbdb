/** node dist/bench/harness/ours.js: synood's side of a row, see child.ts. */
import {writeFile} from 'node:fs/promises';
import {createInterface} from 'node:readline';
import {Engine} from '../../ts/models/engine.js';
import type {Row, Settings} from './row.js';
import {rowsIn} from './rows.js';

interface Request {
  op: 'load' | 'run';
  area: string;
  row: string;
  settings: Settings;
  device: 'cpu';
  dtype: 'float32';
  threads: number;
  output?: string;
}

let engine: Engine | undefined;
let run: (() => Promise<Float32Array>) | undefined;

async function load(request: Request): Promise<object> {
  const rows: Row[] = await rowsIn(request.area);
  const row = rows.find(({name}) => name === request.row);
  if (!row) throw new Error(`no row ${request.row} in ${request.area}`);
  engine = await Engine.open({device: request.device, dtype: request.dtype, threads: request.threads});
  const begin = performance.now();
  run = await row.load(engine, request.settings);
  const {libtorchVersion, device, deviceName} = engine.info;
  return {
    seconds: (performance.now() - begin) / 1000,
    versions: {libtorch: libtorchVersion, device, deviceName},
  };
}

async function answer(request: Request): Promise<object> {
  if (request.op === 'load') return load(request);
  if (!run) throw new Error('nothing is loaded');
  const begin = performance.now();
  const result = await run();
  const seconds = (performance.now() - begin) / 1000;
  if (request.output) {
    await writeFile(request.output, new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
  }
  return {seconds};
}

for await (const line of createInterface({input: process.stdin})) {
  const reply = await answer(JSON.parse(line) as Request).catch((error: unknown) => ({
    error: error instanceof Error ? error.message : String(error),
  }));
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
await engine?.dispose();
