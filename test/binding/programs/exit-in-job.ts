/** process.exit() while the engine computes. */
import {encodeGrey, freshClip, openEngine} from './long-job.js';

const clip = await freshClip(await openEngine());
await encodeGrey(clip, 400, {
  onBatch: () => {
    process.stdout.write('leaving\n');
    process.exit(0);
  },
});
