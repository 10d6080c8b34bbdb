/** node dist/bench/harness/ours.js: synood's side of a row, see child.ts. */
import {Engine} from '../../ts/models/engine.js';
import type {Row} from './row.js';
import {rowsIn} from './rows.js';
import {serve} from './serve.js';

let engine: Engine | undefined;

await serve(async ({area, row: name, settings, device, dtype, threads}) => {
  const rows: Row[] = await rowsIn(area);
  const row = rows.find((one) => one.name === name);
  if (!row) throw new Error(`no row ${name} in ${area}`);
  engine = await Engine.open({device: device as 'cpu', dtype: dtype as 'float32', threads});
  const loaded = await row.load(engine, settings);
  const runs = typeof loaded === 'function' ? {run: loaded} : loaded;
  const {libtorchVersion, device: used, deviceName} = engine.info;
  return {...runs, versions: {libtorch: libtorchVersion, device: used, deviceName}};
});
await engine?.dispose();
