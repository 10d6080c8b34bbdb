/** node dist/bench/peers/onnxruntime.js: what onnxruntime-node computes where synood's rows compute it. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {runToEnd} from '../harness/child.js';
import type {Settings} from '../harness/row.js';
import {serve} from '../harness/serve.js';
import {readStored} from '../harness/workspace.js';

/** What is used of a package that is there only where somebody installed it. */
interface OnnxRuntime {
  InferenceSession: {
    create(path: string, options: object): Promise<{run(feeds: object): Promise<Record<string, OnnxTensor>>}>;
  };
  Tensor: new (type: string, data: Float32Array, dims: number[]) => OnnxTensor;
  env: {versions: {node?: string; common: string}};
}
interface OnnxTensor {
  data: Float32Array;
}

const PACKAGE: string = 'onnxruntime-node';

/** The graph beside the weights, made once by PyTorch's exporter. */
async function graphOf({folder}: Settings): Promise<string> {
  const path = join(folder as string, 'model.onnx');
  if (existsSync(path)) return path;
  const python = process.env['SYNOOD_PYTHON'];
  if (!python) throw new Error('no Python that exports the graph; give --peer');
  const script = fileURLToPath(new URL('../../../bench/peers/export_onnx.py', import.meta.url));
  await runToEnd(python, [script, folder as string, path]);
  return path;
}

await serve(async ({settings, device, threads}) => {
  if (device !== 'cpu') throw new Error('onnxruntime-node is measured on the CPU');
  const {default: onnx} = (await import(PACKAGE)) as {default: OnnxRuntime};
  const session = await onnx.InferenceSession.create(await graphOf(settings), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const {data, shape} = await readStored(settings['pixels']);
  const pixels = new onnx.Tensor('float32', data, shape);
  const {node, common} = onnx.env.versions;
  return {
    run: async () => (await session.run({pixels}))['features']!.data,
    versions: {[PACKAGE]: node ?? common},
  };
});
