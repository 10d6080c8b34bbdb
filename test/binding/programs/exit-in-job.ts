/** process.exit() in the middle of an operation that takes seconds. */
import {setTimeout} from 'node:timers/promises';
import {encodeGrey, freshClip, openEngine} from './long-job.js';

const clip = await freshClip(await openEngine());
const job = encodeGrey(clip, 1, {batchSize: 300});
await Promise.race([setTimeout(150), job]);
process.stdout.write('leaving\n');
process.exit(0);
