import {SynoodError} from '../binding/errors.js';
import type {DetectorKind} from './kind.js';
import {clipnAtd, clipnCtw} from './kinds/clipn.js';
import {dreamOod} from './kinds/dream-ood.js';
import {energy} from './kinds/energy.js';
import {negLabel, synood, synoodImage, synoodLabel} from './kinds/grouped.js';
import {knn} from './kinds/knn.js';
import {lsn} from './kinds/lsn.js';
import {mahalanobis} from './kinds/mahalanobis.js';
import {maxLogit} from './kinds/max-logit.js';
import {mcm} from './kinds/mcm.js';
import {msp} from './kinds/msp.js';
import {npos} from './kinds/npos.js';
import {odin} from './kinds/odin.js';
import {react} from './kinds/react.js';
import {vim} from './kinds/vim.js';
import {vos} from './kinds/vos.js';

/** A kind whose settings are checked before they get there. */
export type AnyDetectorKind = DetectorKind<Record<string, unknown>>;

/** Every detector, in the order in which tables list them; the project's own last. */
export const detectorKinds = [
  msp,
  maxLogit,
  odin,
  energy,
  react,
  knn,
  mahalanobis,
  vim,
  vos,
  dreamOod,
  mcm,
  clipnCtw,
  clipnAtd,
  lsn,
  npos,
  negLabel,
  synoodImage,
  synoodLabel,
  synood,
] as unknown as readonly AnyDetectorKind[];

/** @throws SynoodError ERR_CONFIG listing the names that there are */
export function detectorKind(name: string): AnyDetectorKind {
  const found = detectorKinds.find((kind) => kind.name === name);
  if (found) return found;
  const names = detectorKinds.map((kind) => kind.name).join(', ');
  throw new SynoodError('ERR_CONFIG', `There is no detector "${name}"; there are: ${names}.`);
}
