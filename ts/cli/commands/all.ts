import type {Command} from '../command.js';
import {ablate} from './ablate.js';
import {boundary} from './boundary.js';
import {compare} from './compare.js';
import {config} from './config.js';
import {encode} from './encode.js';
import {evaluate} from './evaluate.js';
import {gradients} from './gradients.js';
import {inpaint} from './inpaint.js';
import {inspect} from './inspect.js';
import {libtorch} from './libtorch.js';
import {report} from './report.js';
import {run} from './run.js';
import {score} from './score.js';
import {stages} from './stages.js';
import {train} from './train.js';
import {zeroShot} from './zero-shot.js';

/** In the order in which help lists them. */
export const commands: Command[] = [
  run,
  ...stages,
  evaluate,
  ablate,
  report,
  compare,
  score,
  encode,
  zeroShot,
  inpaint,
  train,
  boundary,
  gradients,
  inspect,
  libtorch,
  config,
];
