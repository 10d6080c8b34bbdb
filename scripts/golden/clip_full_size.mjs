import {join} from 'node:path';
import {readClipLayout} from '../../dist/ts/models/clip-layout.js';
import {Engine} from '../../dist/ts/models/engine.js';
import {readSafetensors, writeSafetensors} from '../../dist/ts/models/weights/safetensors.js';

/** Features of inputs.safetensors by one folder, into outputs.safetensors; see clip_full_size.py. */
const [folder, work] = process.argv.slice(2);
const engine = await Engine.open({device: process.env.SYNOOD_DEVICE ?? 'cpu'});
const {tensors} = await readSafetensors(join(work, 'inputs.safetensors'));
const {config, files} = await readClipLayout(folder);
const clip = await engine.run((native) => native.loadClip(config, {files}));
const rows = {batchSize: 4, pad: false};
const outputs = {text: await engine.run(() => clip.encodeText(tensors.ids, rows))};
if (config.vision) outputs.image = await engine.run(() => clip.encodeImages(tensors.pixels, rows));
await writeSafetensors(join(work, 'outputs.safetensors'), outputs);
clip.dispose();
await engine.dispose();
