import {existsSync} from 'node:fs';
import {emojiAsset} from '../../worlds/emoji/assets.js';
import {type GraphicsCard, type Machine, onPath} from './machine.js';
import type {NativeParts} from './native-parts.js';
import type {EngineProbe} from './probe.js';

/** Something that is not here, and what brings it. */
export interface Missing {
  what: string;
  command: string;
}

const MODELS = ['clip', 'inpainter', 'classifier'];

/** @param build  whether a build of the native parts is what would mend things */
function buildTools(build: boolean): Missing[] {
  if (!build) return [];
  const tools: [string, string[], string][] = [
    ['a C++20 compiler', ['c++', 'g++', 'clang++'], 'build-essential'],
    ['CMake', ['cmake'], 'cmake'],
    ['Ninja', ['ninja', 'ninja-build', 'samu'], 'ninja-build'],
  ];
  return tools
    .filter(([, programs]) => onPath(...programs) === undefined)
    .map(([what, , packaged]) => ({
      what: `${what}, for a build of the native parts`,
      command: `apt-get install -y ${packaged}`,
    }));
}

function remedy(code: string, cards: GraphicsCard[]): string {
  if (code !== 'ERR_DEVICE') return 'npm run build:native';
  // Without a driver nothing here mends it.
  if (cards.length === 0) return 'synood inspect --device cpu';
  return 'export SYNOOD_LIBTORCH=$(synood libtorch pull --variant cu130 --force) && npm run build:native';
}

/** What keeps synood from working here, first things first. */
export function whatIsMissing(
  {node}: Machine,
  {addon, cores, libtorch}: NativeParts,
  engine: EngineProbe | null,
  cards: GraphicsCard[],
): Missing[] {
  const missing: Missing[] = [];
  if (!node.supported) {
    missing.push({what: `Node ${node.needed}, this is ${node.version}`, command: 'nvm install --lts'});
  }
  const noCore = cores.cpu === null && cores.cuda === null;
  missing.push(...buildTools(!addon.loads || noCore));
  if (!libtorch.found) {
    missing.push({what: `LibTorch: ${libtorch.missing.join('; ')}`, command: libtorch.command});
  }
  if (!addon.loads) {
    missing.push({
      what: `synood.node: ${addon.error ?? 'it does not load'}`,
      command: 'npm run build:native',
    });
  } else if (noCore) {
    missing.push({what: 'libsynood_core beside synood.node', command: 'npm run build:native'});
  }
  if (missing.length === 0 && engine && !engine.ok) {
    missing.push({what: `${engine.message} [${engine.code}]`, command: remedy(engine.code, cards)});
  }
  const absent = MODELS.filter((name) => !existsSync(emojiAsset('models', name)));
  if (absent.length > 0) {
    missing.push({what: `Emoji World's models: ${absent.join(', ')}`, command: 'npm run train-emoji-world'});
  }
  return missing;
}
