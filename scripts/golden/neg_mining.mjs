import {readSafetensors} from '../../dist/ts/models/weights/safetensors.js';
import {mineNegatives} from '../../dist/ts/detection/neg-mining.js';
import {Engine} from '../../dist/ts/models/engine.js';

/** Whether the labels that NegMining keeps are NumPy's, at any size: node scripts/golden/neg_mining.mjs FOLDER; see neg_mining.py. */
const [folder] = process.argv.slice(2);
const {tensors} = await readSafetensors(`${folder}/golden.safetensors`);
const engine = await Engine.open({device: process.env.SYNOOD_DEVICE ?? 'cpu'});
const started = performance.now();
const {rows} = await mineNegatives(engine, tensors.candidates, tensors.classes);
const seconds = (performance.now() - started) / 1000;
const expected = [...tensors.rows.data].map(Number);
const place = new Map(expected.map((row, at) => [row, at]));
const missing = rows.filter((row) => !place.has(row)).length;
const moved = rows.filter((row, at) => expected[at] !== row).length;
const [candidates, classes] = [tensors.candidates.shape[0], tensors.classes.shape[0]];
const report = {candidates, classes, kept: rows.length, expected: expected.length, missing, moved};
const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({...report, seconds: Number(seconds.toFixed(1)), peakMiB}));
await engine.dispose();
process.exitCode = rows.length === expected.length && missing === 0 ? 0 : 1;
