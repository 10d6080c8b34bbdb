/** Terminates a worker thread in the middle of a job, then loads the addon in the next one and lets it finish. */
import {once} from 'node:events';
import {Worker} from 'node:worker_threads';

const worker = (batches: number) =>
  new Worker(new URL('./worker.js', import.meta.url), {workerData: batches});

async function heard(from: Worker, wanted: string): Promise<void> {
  for (;;) {
    const [message] = (await once(from, 'message')) as [string];
    if (message === wanted) return;
  }
}

const cut = worker(400);
await heard(cut, 'started');
const start = performance.now();
await cut.terminate();
process.stdout.write(`terminated in ${Math.round(performance.now() - start)} ms\n`);

const whole = worker(2);
await heard(whole, 'done');
process.stdout.write('alive\n');
