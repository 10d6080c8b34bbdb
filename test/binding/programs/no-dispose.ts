/** Ends without disposing of anything. */
import {encodeGrey, freshClip, openEngine} from './long-job.js';

const clip = await freshClip(await openEngine());
await encodeGrey(clip, 1);
process.stdout.write('end\n');
