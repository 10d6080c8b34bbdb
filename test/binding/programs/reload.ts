/** Opens, computes and disposes again and again; prints resident megabytes after a third of the rounds and at the end. */
import {encodeGrey, freshClip, openEngine} from './long-job.js';

const ROUNDS = 24;
const resident = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
let early = 0;
for (let round = 1; round <= ROUNDS; round++) {
  const engine = await openEngine();
  const clips = [];
  for (let i = 0; i < 4; i++) clips.push(await freshClip(engine));
  await encodeGrey(clips[0]!, 1);
  for (const clip of clips) clip.dispose();
  await engine.dispose();
  if (round === ROUNDS / 3) early = resident();
}
process.stdout.write(JSON.stringify({early, late: resident()}));
