import {autoencoder} from './autoencoder.js';
import {classifier} from './classifier.js';
import {clip} from './clip.js';
import {clipn} from './clipn.js';
import {denoiser} from './denoiser.js';
import {joint, labels, projection} from './heads.js';
import type {TrainingJob} from './job.js';
import {lsn} from './lsn.js';

/** In the order in which help lists them. */
export const trainingJobs = [
  projection,
  labels,
  joint,
  clip,
  clipn,
  lsn,
  classifier,
  autoencoder,
  denoiser,
] as unknown as TrainingJob[];
