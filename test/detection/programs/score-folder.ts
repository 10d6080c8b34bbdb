/** Loads detectors of folders and prints the bytes of their scores of the fixture's images. */
import {FittedDetector} from '../../../ts/detection/fitted-detector.js';
import {Engine} from '../../../ts/models/engine.js';
import {fixtureData} from '../fixture-data.js';

await using engine = await Engine.open({device: 'cpu', threads: 1});
const {test} = await fixtureData();
const all: Record<string, string> = {};
for (const folder of process.argv.slice(2)) {
  const detector = await FittedDetector.load(folder);
  const scores = await detector.score(test, {engine});
  all[folder] = Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString('hex');
}
process.stdout.write(JSON.stringify(all));
