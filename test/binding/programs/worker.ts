import {workerData} from 'node:worker_threads';
import {workInWorker} from './long-job.js';

await workInWorker(workerData as number);
